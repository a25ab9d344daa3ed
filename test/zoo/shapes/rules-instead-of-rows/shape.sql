create table ledger (id int primary key, amount numeric);
insert into ledger select i, i * 1.5 from generate_series(1, 20) i;
create rule no_delete as on delete to ledger do instead nothing;
create rule no_update as on update to ledger do instead nothing;
create view open_ledger as select * from ledger where amount > 3;
create rule through as on insert to open_ledger do instead insert into ledger values (new.id, new.amount);
alter table ledger enable always rule no_delete;
