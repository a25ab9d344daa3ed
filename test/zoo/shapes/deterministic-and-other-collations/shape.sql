create collation ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create collation digits (provider = icu, locale = 'en-u-kn-true');
create table people (name text collate ci primary key, sorted text collate digits);
insert into people values ('Ada', 'a2'), ('bob', 'a10');
create index on people (sorted collate "C" desc nulls last);
create domain label as text collate ci; create table labels (l label unique); insert into labels values ('X'), ('é');
create table parts (k text collate "C") partition by range (k); create table parts_a partition of parts for values from ('a') to ('n'); insert into parts values ('b');
