create table t (a int, b int, c text) with (fillfactor = 50, autovacuum_enabled = false, toast.autovacuum_enabled = false);
insert into t select i % 10, i % 5, repeat('x', 3000) from generate_series(1, 100) i;
create statistics st (dependencies, ndistinct) on a, b from t; alter statistics st set statistics 77;
alter table t alter a set statistics 300, alter a set (n_distinct = -0.5), alter c set storage external; create index ix on t ((a + b), b) with (fillfactor = 60) where a > 3; alter index ix alter column 1 set statistics 500;
create unlogged table u (id int primary key); insert into u values (1); alter table t replica identity full;
create table persistent (id int); create index h on t using hash (b); create index br on t using brin (a) with (pages_per_range = 4); create index incl on t (a) include (b);
create publication p for table t with (publish = 'insert'); create publication everything for all tables;
