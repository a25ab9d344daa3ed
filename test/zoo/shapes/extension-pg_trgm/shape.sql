-- needs extension: pg_trgm
create extension pg_trgm; create extension btree_gin; create table t (id int, name text); insert into t select i, md5(i::text) from generate_series(1, 50) i; create index on t using gin (name gin_trgm_ops, id); alter database current_database_name_here set pg_trgm.similarity_threshold = 0.5;
