-- in the cut: 15
-- scope: docs doc_versions
-- The shape of SCC, whose flags are integers.
create table users (id serial primary key, username text unique not null, is_active integer not null default 1, created_at timestamptz default now());
create table docs (id serial primary key, title text not null, owner_id int references users, is_active integer not null default 1, tags jsonb default '[]');
create table doc_versions (id serial primary key, doc_id int not null references docs on delete cascade, body text, unique (doc_id, body));
create table task_boards (id serial primary key, name text, is_active integer not null default 1); create table tasks (id serial primary key, board_id int references task_boards, doc_id int references docs on delete set null, title text);
insert into users (username, is_active) select 'u' || i, i % 2 from generate_series(1, 20) i; insert into docs (title, owner_id) select 'документ ' || i, i % 20 + 1 from generate_series(1, 50) i; insert into doc_versions (doc_id, body) select i, 'тіло ' || i from generate_series(1, 50) i;
insert into task_boards (name) values ('дошка'); insert into tasks (board_id, doc_id, title) select 1, i, 't' || i from generate_series(1, 30) i; create index on docs using gin (tags); create view active_docs as select * from docs where is_active = 1;
