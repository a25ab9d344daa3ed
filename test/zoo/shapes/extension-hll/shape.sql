-- needs extension: hll
create extension hll; create table s (day date primary key, users hll); insert into s values ('2024-01-01', hll_add(hll_empty(), hll_hash_integer(7)));
