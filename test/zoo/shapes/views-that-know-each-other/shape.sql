-- A view over a primary key's functional dependence, a rule-made cycle, and a default over a view's type.
create table t (id int primary key, a text, b int);
insert into t select i, 'a' || i, i from generate_series(1, 10) i;
create view grouped as select id, a, count(*) as n from t group by id;
create view one as select id from t;
create view two as select id from one;
create or replace view one as select id from t where id not in (select -1 as x);
create function of_view(v two) returns int language sql immutable as 'select v.id';
create view three as select of_view(two.*) as x from two;
create recursive view counting (n) as values (1) union all select n + 1 from counting where n < 5;
