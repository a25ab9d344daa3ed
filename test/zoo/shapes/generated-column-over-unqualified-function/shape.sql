create function slug(value text) returns text language plpgsql immutable strict as $$ begin return trimmed(lower(value)); end $$;
create function trimmed(value text) returns text language sql immutable as $$ select btrim(value, ' -') $$;
create table articles (id int primary key, title text, slug text generated always as (slug(title)) stored);
insert into articles (id, title) select i, '- Title ' || i from generate_series(1, 20) i;
