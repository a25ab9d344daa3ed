-- needs extension: postgres_fdw
create extension postgres_fdw;
create server s foreign data wrapper postgres_fdw options (host '127.0.0.1', dbname 'postgres', port '5710');
create foreign table ft(i int, t text) server s options (table_name 'x');
alter foreign table ft add constraint pos check (i>0) not valid;
create table a(i int); insert into a values(1);
