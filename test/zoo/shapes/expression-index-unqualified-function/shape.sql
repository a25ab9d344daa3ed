-- needs extension: unaccent
create extension unaccent;
create function f_unaccent(text) returns text language sql immutable parallel safe strict as $$select unaccent('unaccent', $1)$$;
create table person(id int primary key, name text); insert into person select i,'Zoë '||i from generate_series(1,100) i; create index person_name on person (f_unaccent(name));
