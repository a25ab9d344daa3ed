create table base (id int, v text default 'base', w int not null check (w > 0));
create table child (v text default 'child', x int) inherits (base);
create table grandchild () inherits (child);
alter table only child alter column w set default 7;
alter table base add constraint named check (id < 1000);
alter table base add constraint own check (id <> 13) no inherit;
insert into base (id, w) values (1, 1); insert into child (id) values (2); insert into grandchild (id, w, x) values (3, 3, 3);
create table dropped (a int, b int, c int, d text); insert into dropped values (1, 2, 3, 'x'); alter table dropped drop column b;
create table dropped_child () inherits (dropped); alter table dropped add column e int default 5;
