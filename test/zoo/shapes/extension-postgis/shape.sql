-- needs extension: postgis
create extension postgis; create table g (id int primary key, geom geometry(point, 4326), geog geography); insert into g select i, st_setsrid(st_makepoint(i, i), 4326), st_makepoint(i, i)::geography from generate_series(1, 20) i; create index on g using gist (geom); insert into spatial_ref_sys (srid, proj4text) values (990001, '+proj=longlat');
