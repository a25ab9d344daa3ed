create table kept (id int primary key, t text);
insert into kept values (1, 'x');
create function refuse() returns event_trigger language plpgsql as $$ begin raise exception 'no % here', tg_tag; end $$;
create event trigger no_drops on sql_drop execute function refuse();
create event trigger no_tables on ddl_command_start when tag in ('CREATE TABLE', 'ALTER TABLE') execute function refuse();
