create type inner_t as (a int, b text); create type outer_t as (i inner_t, l inner_t[]);
create domain positive as int constraint gt check (value > 0) default 5 not null; create domain deeper as positive check (value < 100);
create type span as range (subtype = float8, subtype_diff = float8mi); create table t (id int primary key, o outer_t, d deeper, s span, a positive[]);
insert into t values (1, row(row(1, 'x')::inner_t, array[row(2, 'y')::inner_t])::outer_t, 7, '[1,2)', '{1,2}');
create table typed of inner_t (primary key (a)); insert into typed values (1, 'x');
create table of_rows (r t); insert into of_rows select t from t;
create type e as enum ('b', 'd'); alter type e add value 'a' before 'b'; alter type e add value 'c' after 'b'; create table es (v e primary key); insert into es values ('c'), ('a');
create function checked(inner_t) returns boolean language sql immutable as 'select ($1).a > 0'; create domain checked_t as inner_t check (checked(value)); create table ct (c checked_t); insert into ct values (row(1, 'z'));
