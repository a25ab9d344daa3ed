-- scope: a
create table b(i int primary key); insert into b values(1); create table a(i int primary key, b int, constraint a_b_fk foreign key (b) references b); comment on constraint a_b_fk on a is 'left out fk'; insert into a values(1,1);
