-- database: ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'
set client_encoding = 'SQL_ASCII';
create table t (id int primary key, v text default 'plain'); insert into t values (1, E'\xe9\xff'), (2, E'\xc3\xa9'), (3, 'x');
create table "é" (id int); insert into "é" values (1); comment on table "é" is E'bytes \xff';
create view v as select * from t where v <> E'\xfe';
