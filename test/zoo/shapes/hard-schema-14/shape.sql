-- versions: 14-
create table pt_def(id bigint, v text); insert into pt_def select g, 'V'||g from generate_series(1,50) g;
CREATE TABLE mr (m int4multirange, PRIMARY KEY (m)); INSERT INTO mr VALUES ('{[1,3),[5,7)}');
CREATE FUNCTION newsql(i int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT i * 2; END;
CREATE STATISTICS exprst ON (id % 10), (lower(v)) FROM pt_def;
CREATE TABLE comp14 (t text COMPRESSION pglz); INSERT INTO comp14 VALUES (repeat('x', 10000));
