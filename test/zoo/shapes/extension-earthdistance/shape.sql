-- needs extension: earthdistance cube
create extension cube; create extension earthdistance; create table places (id int primary key, lat float8, lon float8); insert into places values (1, 50.4, 30.5), (2, 48.8, 2.3); create index on places using gist (ll_to_earth(lat, lon));
