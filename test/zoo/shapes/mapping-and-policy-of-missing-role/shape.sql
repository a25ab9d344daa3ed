-- needs extension: postgres_fdw
create extension postgres_fdw; create server s foreign data wrapper postgres_fdw; create user mapping for reader1 server s options (user 'u');
create table t(i int primary key); insert into t values (1); alter table t enable row level security; create policy p1 on t to reader1 using (true); comment on policy p1 on t is 'x'; create policy p2 on t using (true); 
