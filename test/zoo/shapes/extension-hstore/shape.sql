-- needs extension: hstore
create extension hstore; create table t (id int primary key, h hstore); insert into t values (1, 'a=>1, b=>NULL'); create index on t using gin (h);
