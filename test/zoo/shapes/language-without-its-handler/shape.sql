-- pg_dump writes a language whose handler belongs to the server, or to an extension, without it.
create or replace trusted language mylang handler plpgsql_call_handler;
create table t (id int primary key); insert into t values (1);
