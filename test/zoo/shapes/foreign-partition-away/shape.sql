-- needs extension: postgres_fdw
create extension postgres_fdw; create server cold foreign data wrapper postgres_fdw options (host '127.0.0.1', port '1'); create user mapping for public server cold options (user 'x');
create table log(i int, y int) partition by list(y); create table log_2024 partition of log for values in (2024); create foreign table log_2020 partition of log for values in (2020) server cold;
insert into log values (1,2024);
