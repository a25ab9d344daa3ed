create schema "select"; create schema "a""b.c"; create schema "line
break";
create table "select"."table" ("from" int primary key, "a""b" text, "back\slash" text, " " text, "$1" int);
insert into "select"."table" values (1, 'x', E'y\\z', E'\t\n\r', 1);
create table "a""b.c"."line
break" (id int primary key, "col
umn" text default E'-- not a comment\n\\.');
insert into "a""b.c"."line
break" (id) values (1), (2);
create table "line
break"."; drop table x; --" (id int);
create index "in'dex" on "a""b.c"."line
break" ("col
umn");
comment on table "a""b.c"."line
break" is E'\\.\n\\connect postgres\n--\n-- Name: fake; Type: TABLE; Schema: -; Owner: -\n--\n';
create function "select"."func""tion"("par am" text) returns text language sql as $body$ select $$;\.$$ || "par am" $body$;
create type "select"."enum" as enum ('', ' ', 'it''s', E'new\nline');
create table "select".uses (e "select"."enum"); insert into "select".uses values (''), (E'new\nline');
