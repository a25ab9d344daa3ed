create table chicken (id int primary key, egg int);
create table egg (id int primary key, chicken int not null references chicken deferrable initially deferred);
begin;
insert into chicken select i, i from generate_series(1, 10) i;
insert into egg select i, i from generate_series(1, 10) i;
commit;
alter table chicken add constraint chicken_egg foreign key (egg) references egg deferrable initially immediate;
create table node (id int primary key, parent int references node on delete cascade);
insert into node values (1, null), (2, 1), (3, 2);
