create function known(code text) returns boolean language plpgsql stable as $$ begin return exists (select from codes where c = code); end $$;
create table codes (c text primary key);
insert into codes values ('a'), ('b');
create table an_early_name (id int primary key, code text check (known(code)));
insert into an_early_name values (1, 'a'), (2, 'b');
