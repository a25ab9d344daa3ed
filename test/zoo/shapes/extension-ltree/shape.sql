-- needs extension: ltree
create extension ltree; create table t (path ltree primary key); insert into t values ('a.b'), ('a.c'); create index on t using gist (path);
