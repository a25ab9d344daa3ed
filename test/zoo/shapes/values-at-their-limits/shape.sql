create table limits (id int primary key, n numeric, f float8, r real, ts timestamptz, d date, i interval, b bytea, c char(5), bit varbit, j json, jb jsonb, u uuid, net cidr, box box, a int[], tr tsrange, x "char");
insert into limits values (1, 'NaN', 'Infinity', '-Infinity', 'infinity', '-infinity', '-178000000 years', '\x00ff', 'a', B'', '{"a":1,  "a":2}', '{}', '00000000-0000-0000-0000-000000000000', '::/0', '(1,1),(0,0)', '[2:3]={1,2}', 'empty', ''),
 (2, 1e-16383::numeric, 4.9e-324, 1.1754944e-38, '4714-11-24 00:00:00+00 BC', '5874897-12-31', '1 mon -1 days', '', '', B'1', 'null', '"\\u00e9"', null, '10.0.0.0/8', null, '{{1,NULL},{3,4}}', '(,)', 'x');
create table nothing (); insert into nothing default values; insert into nothing default values;
create table wide (t text); insert into wide select string_agg(md5(i::text), E'\t\\N\n') from generate_series(1, 20000) i; insert into wide values (E'\\N'), (E'\\.'), (''), (null), (E'\r'), (E'\b\f\v\\');
