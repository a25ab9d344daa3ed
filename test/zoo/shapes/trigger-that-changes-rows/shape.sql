create table counted (id int primary key, n int);
create table log (id int generated always as identity primary key, what text);
create function note() returns trigger language plpgsql as $$ begin insert into log (what) values ('row ' || new.id); new.n := new.n + 1; return new; end $$;
create trigger noting before insert or update on counted for each row execute function note();
insert into counted select i, i from generate_series(1, 30) i;
alter table counted enable always trigger noting;
