-- database: ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'
set client_encoding='UTF8';
create table plain(id int primary key, t text default 'x'); insert into plain select i,'ü'||i from generate_series(1,100) i;
create index idx on plain(t) where t <> 'süß';
create trigger tr before update on plain for each row when (old.t = 'größer') execute function suppress_redundant_updates_trigger();
comment on index idx is 'Übersicht';
create policy pol on plain for select using (t <> 'geheim ö');
