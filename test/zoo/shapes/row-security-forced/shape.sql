create table notes (id int primary key, owner name, body text); insert into notes values (1, 'scc', 'x'), (2, 'other', 'y');
alter table notes enable row level security; alter table notes force row level security;
create policy own on notes using (owner = current_user) with check (owner = current_user);
create policy boss on notes as restrictive for select to app2, reader1 using (id > 1);
comment on policy own on notes is 'own rows only';
