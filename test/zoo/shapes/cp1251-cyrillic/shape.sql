-- database: ENCODING 'WIN1251' LC_COLLATE 'C' LC_CTYPE 'C'
set client_encoding = 'UTF8';
create table "задачи" (id int primary key, "назва" text check ("назва" <> 'нет')); insert into "задачи" values (1, 'первая'), (2, 'друга');
create view "список" as select * from "задачи" where "назва" like 'п%'; comment on view "список" is 'Перечень';
