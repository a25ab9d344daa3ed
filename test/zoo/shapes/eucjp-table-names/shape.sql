-- database: ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C'
set client_encoding='UTF8';
create table "顧客"(id int primary key, "名前" text default '未定'); insert into "顧客" select i,'山田太郎'||i from generate_series(1,500) i;
create table "注文"(id int primary key, t text); insert into "注文" select i,'品' from generate_series(1,300) i;
create table plain(id int); insert into plain values(1);
comment on table plain is '平文';
