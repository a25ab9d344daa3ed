-- needs extension: pg_partman
create schema partman; create extension pg_partman schema partman; create table ev (id int, at timestamptz not null) partition by range (at); select partman.create_parent('public.ev', 'at', 'native', 'daily'); insert into ev values (1, now());
