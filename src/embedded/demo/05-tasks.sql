CREATE TABLE task_spaces (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  owner_group_id bigint REFERENCES groups (id),
  is_active boolean NOT NULL DEFAULT true
);
CREATE TABLE task_space_acl (
  space_id bigint NOT NULL REFERENCES task_spaces (id) ON DELETE CASCADE,
  subject_id text NOT NULL,
  permission text NOT NULL,
  PRIMARY KEY (space_id, subject_id, permission)
);
CREATE TABLE task_boards (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  space_id bigint NOT NULL REFERENCES task_spaces (id),
  name text NOT NULL,
  is_active boolean NOT NULL DEFAULT true
);
CREATE TABLE task_board_acl (
  board_id bigint NOT NULL REFERENCES task_boards (id) ON DELETE CASCADE,
  subject_id text NOT NULL,
  permission text NOT NULL,
  PRIMARY KEY (board_id, subject_id, permission)
);
CREATE TABLE task_board_layouts (
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  space_id bigint NOT NULL REFERENCES task_spaces (id) ON DELETE CASCADE,
  layout jsonb NOT NULL,
  cells integer[][] NOT NULL,
  PRIMARY KEY (user_id, space_id)
);
CREATE TABLE task_columns (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  board_id bigint NOT NULL REFERENCES task_boards (id) ON DELETE CASCADE,
  name text NOT NULL,
  position integer NOT NULL,
  is_final boolean NOT NULL DEFAULT false,
  UNIQUE (board_id, position) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE TABLE task_subcolumns (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  column_id bigint NOT NULL REFERENCES task_columns (id) ON DELETE CASCADE,
  name text NOT NULL
);
CREATE TABLE task_templates (
  id serial PRIMARY KEY,
  board_id bigint NOT NULL REFERENCES task_boards (id),
  title text NOT NULL,
  checklist text[] NOT NULL
);
CREATE TABLE task_recurring_rules (
  id serial PRIMARY KEY,
  template_id integer NOT NULL REFERENCES task_templates (id),
  every interval NOT NULL,
  at_time time NOT NULL,
  next_run_on date
);
CREATE TABLE tasks (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  board_id bigint NOT NULL REFERENCES task_boards (id),
  column_id bigint NOT NULL REFERENCES task_columns (id),
  subcolumn_id bigint REFERENCES task_subcolumns (id),
  parent_id bigint REFERENCES tasks (id) ON DELETE CASCADE,
  incident_id bigint REFERENCES incidents (id) ON DELETE SET NULL,
  title text NOT NULL,
  description text NOT NULL DEFAULT '',
  priority task_priority NOT NULL DEFAULT 'обычный',
  created_by bigint NOT NULL REFERENCES users (id),
  due_on date,
  estimate interval,
  estimate_hours numeric GENERATED ALWAYS AS (round((extract(epoch FROM estimate) / 3600)::numeric, 2)) STORED,
  checklist jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tasks_board_column ON tasks (board_id, column_id);
CREATE INDEX tasks_due ON tasks (due_on NULLS FIRST) WHERE due_on IS NOT NULL;
CREATE TABLE task_recurring_instances (
  rule_id integer NOT NULL REFERENCES task_recurring_rules (id) ON DELETE CASCADE,
  task_id bigint NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  scheduled_for date NOT NULL,
  PRIMARY KEY (rule_id, scheduled_for)
);
CREATE TABLE task_assignments (
  task_id bigint NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  user_id bigint NOT NULL REFERENCES users (id),
  assigned_at timestamptz NOT NULL,
  PRIMARY KEY (task_id, user_id)
);
CREATE TABLE task_comments (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  task_id bigint NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  reply_to_id bigint REFERENCES task_comments (id) ON DELETE SET NULL,
  author_id bigint NOT NULL REFERENCES users (id),
  content text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE TABLE task_blocks (
  task_id bigint NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  blocked_by_id bigint NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  reason text,
  PRIMARY KEY (task_id, blocked_by_id),
  CHECK (task_id <> blocked_by_id)
);
CREATE TABLE task_files (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  task_id bigint NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  filename text NOT NULL,
  content bytea NOT NULL
);
CREATE TABLE task_tags (
  id serial PRIMARY KEY,
  name text NOT NULL UNIQUE,
  color char(7) NOT NULL
);
CREATE TABLE task_tag_links (
  task_id bigint NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  tag_id integer NOT NULL REFERENCES task_tags (id),
  PRIMARY KEY (task_id, tag_id)
);
CREATE TABLE task_archive_entries (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  task_id bigint NOT NULL UNIQUE REFERENCES tasks (id) ON DELETE CASCADE,
  archived_by bigint REFERENCES users (id),
  snapshot jsonb NOT NULL
);

INSERT INTO task_spaces (name, owner_group_id, is_active)
SELECT pg_temp.pick(ARRAY['Безпека', 'Compliance', 'Инфраструктура', 'SOC'], n) || ' ' || n, 1 + n % 24, n <> 8 FROM generate_series(1, 8) AS n;
INSERT INTO task_space_acl SELECT n, 'group:' || kind, 'view' FROM generate_series(1, 8) AS n, generate_series(1, 3) AS kind;
INSERT INTO task_boards (space_id, name, is_active) SELECT 1 + n % 8, 'Дошка ' || n, n % 10 > 0 FROM generate_series(1, 30) AS n;
INSERT INTO task_board_acl SELECT n, 'group:' || kind, 'edit' FROM generate_series(1, 30) AS n, generate_series(1, 2) AS kind;
INSERT INTO task_board_layouts SELECT n, 1 + n % 8, jsonb_build_object('zoom', 1.5, 'колонки', ARRAY[n, n + 1]), ARRAY[[n, 0], [0, n]]
FROM generate_series(1, 60) AS n;
INSERT INTO task_columns (board_id, name, position, is_final)
SELECT board, pg_temp.pick(ARRAY['Нові', 'В роботі', 'Review', 'Ожидание', 'Готово'], position), position, position = 4
FROM generate_series(1, 30) AS board, generate_series(0, 4) AS position;
INSERT INTO task_subcolumns (column_id, name) SELECT n * 2, 'підколонка ' || n FROM generate_series(1, 60) AS n;
INSERT INTO task_templates (board_id, title, checklist)
SELECT n, 'Щомісячна перевірка ' || n, ARRAY['логи', 'права, "ролі"', '{braces}', NULL] FROM generate_series(1, 15) AS n;
INSERT INTO task_recurring_rules (template_id, every, at_time, next_run_on)
SELECT 1 + n % 15, pg_temp.pick(ARRAY['1 mon', '7 days', '1 year 2 mons 3 days 04:05:06', '-1 days +02:03:00'], n)::interval, '09:30', date '2025-12-01' + n
FROM generate_series(1, 20) AS n;
INSERT INTO tasks (board_id, column_id, subcolumn_id, parent_id, incident_id, title, description, priority, created_by, due_on, estimate,
  checklist, created_at, updated_at)
SELECT 1 + n % 30, 1 + n % 30 * 5 + n % 5, CASE WHEN n % 12 = 0 THEN 1 + n % 60 END, CASE WHEN n % 6 = 5 THEN n - 3 END,
  CASE WHEN n % 10 = 0 THEN 1 + n % 500 END, pg_temp.sentence(n, 5), pg_temp.sentence(n, 20),
  pg_temp.pick(ARRAY['низкий', 'обычный', 'высокий', 'срочный'], n)::task_priority, 1 + n % 400,
  CASE n % 7 WHEN 0 THEN NULL WHEN 1 THEN 'infinity' ELSE date '2025-04-01' + (n % 300)::integer END,
  CASE WHEN n % 3 = 0 THEN n % 40 * interval '30 minutes' END,
  jsonb_build_array(jsonb_build_object('text', 'крок 1', 'done', true), jsonb_build_object('text', 'step ' || n, 'done', false)),
  pg_temp.moment(n), pg_temp.moment(n * 2)
FROM generate_series(1, 3000) AS n;
INSERT INTO task_recurring_instances SELECT 1 + n % 20, n * 3, date '2025-05-01' + (n / 20)::integer FROM generate_series(1, 200) AS n;
INSERT INTO task_assignments SELECT n, 1 + (n * 3 + shift * 5) % 400, pg_temp.moment(n) FROM generate_series(1, 3000) AS n, generate_series(0, 1) AS shift
WHERE shift = 0 OR n % 3 = 0;
INSERT INTO task_comments (task_id, reply_to_id, author_id, content, created_at)
SELECT 1 + n % 3000, CASE WHEN n % 5 = 0 THEN n - 4 END, 1 + n * 13 % 400, pg_temp.sentence(n, 10) || pg_temp.pick(ARRAY[' 👍', E'\n— ок', ' \.', E'\b\f\v'], n), pg_temp.moment(n)
FROM generate_series(1, 4000) AS n;
INSERT INTO task_blocks SELECT n * 9, n * 9 + 1, pg_temp.sentence(n, 3) FROM generate_series(1, 300) AS n;
INSERT INTO task_files (task_id, filename, content) SELECT n * 10, 'файл ' || n || '.txt', sha256(('file' || n)::bytea) FROM generate_series(1, 300) AS n;
INSERT INTO task_tags (name, color) SELECT pg_temp.pick(ARRAY['терміново', 'bug', 'аудит', 'vendor'], n) || n, '#' || substring(md5(n::text) FOR 6)
FROM generate_series(1, 40) AS n;
INSERT INTO task_tag_links SELECT n, 1 + n * 7 % 40 FROM generate_series(1, 3000) AS n;
INSERT INTO task_archive_entries (task_id, archived_by, snapshot) SELECT id, created_by, to_jsonb(tasks) - 'updated_at' FROM tasks WHERE id % 15 = 0 ORDER BY id;
