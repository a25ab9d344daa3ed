-- database: ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'
set client_encoding = 'UTF8';
create table "größe" ("straße" text primary key, n int default 1); insert into "größe" values ('süß', 1), ('élan', 2);
create type "maß" as enum ('für', 'über'); create table m (m "maß"); insert into m values ('für');
create function "öffne"(text) returns text language sql immutable as 'select $1 || ''ß'''; create index "schlüssel" on "größe" ("öffne"("straße"));
