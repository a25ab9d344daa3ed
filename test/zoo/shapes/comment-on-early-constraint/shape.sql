create table aaa(i int, t text, constraint aaa_pk primary key (i));
insert into aaa select i, repeat(md5(i::text),40) from generate_series(1,6000) i;
alter table aaa alter t set storage external;
comment on constraint aaa_pk on aaa is 'first post-data entry';
create table zzz(i int primary key); insert into zzz values (1);
