-- needs extension: citext
create schema ext; create extension citext schema ext; create table t (name ext.citext primary key); insert into t values ('Ada'), ('bob'); create index on t ((name || 'x'));
