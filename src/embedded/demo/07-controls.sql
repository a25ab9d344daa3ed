CREATE TABLE control_types (
  id serial PRIMARY KEY,
  name text NOT NULL UNIQUE
);
CREATE TABLE control_frameworks (
  id serial PRIMARY KEY,
  code text NOT NULL UNIQUE,
  title text NOT NULL
);
CREATE TABLE control_framework_items (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  framework_id integer NOT NULL REFERENCES control_frameworks (id) ON DELETE CASCADE,
  parent_id bigint REFERENCES control_framework_items (id),
  code text NOT NULL,
  title text NOT NULL,
  UNIQUE (framework_id, code)
);
CREATE TABLE controls (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  code text NOT NULL UNIQUE,
  title text NOT NULL,
  type_id integer NOT NULL REFERENCES control_types (id),
  owner_id bigint REFERENCES users (id) ON DELETE SET NULL,
  policy_doc_id bigint REFERENCES docs (id) ON DELETE SET NULL,
  risk severity NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE control_framework_map (
  control_id bigint NOT NULL REFERENCES controls (id) ON DELETE CASCADE,
  item_id bigint NOT NULL REFERENCES control_framework_items (id) ON DELETE CASCADE,
  PRIMARY KEY (control_id, item_id)
);
CREATE TABLE control_checks (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  control_id bigint NOT NULL REFERENCES controls (id) ON DELETE CASCADE,
  checked_by bigint REFERENCES users (id),
  outcome text NOT NULL,
  evidence jsonb,
  checked_at timestamptz NOT NULL
);
CREATE TABLE control_violations (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  control_id bigint NOT NULL REFERENCES controls (id) ON DELETE CASCADE,
  incident_id bigint REFERENCES incidents (id) ON DELETE SET NULL,
  severity severity NOT NULL,
  summary text NOT NULL
);
CREATE TABLE control_comments (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  control_id bigint NOT NULL REFERENCES controls (id) ON DELETE CASCADE,
  author_id bigint NOT NULL REFERENCES users (id),
  content text NOT NULL
);

INSERT INTO control_types (name) VALUES ('організаційний'), ('технический'), ('physical');
INSERT INTO control_frameworks (code, title) VALUES ('ISO27001', 'ISO/IEC 27001:2022'), ('НД ТЗІ', 'Нормативні документи'), ('NIST-CSF', 'NIST CSF 2.0');
INSERT INTO control_framework_items (framework_id, parent_id, code, title)
SELECT 1 + n % 3, CASE WHEN n > 12 THEN n - 12 END, 'A.' || n, pg_temp.sentence(n, 5) FROM generate_series(1, 120) AS n;
INSERT INTO controls (code, title, type_id, owner_id, policy_doc_id, risk, tags, created_at, updated_at)
SELECT 'CTL-' || lpad(n::text, 4, '0'), pg_temp.sentence(n, 6), 1 + n % 3, 1 + n % 400, CASE WHEN n % 2 = 0 THEN 1 + n * 7 % 1500 END,
  pg_temp.pick(ARRAY['low', 'medium', 'high', 'critical'], n)::severity, (ARRAY['річний', 'key'])[1:n % 3], pg_temp.moment(n), pg_temp.moment(n)
FROM generate_series(1, 180) AS n;
INSERT INTO control_framework_map SELECT n, 1 + n % 120 FROM generate_series(1, 180) AS n;
INSERT INTO control_checks (control_id, checked_by, outcome, evidence, checked_at)
SELECT 1 + n % 180, 1 + n % 400, pg_temp.pick(ARRAY['pass', 'fail', 'частково'], n), jsonb_build_object('файли', jsonb_build_array('a', n)), pg_temp.moment(n)
FROM generate_series(1, 900) AS n;
INSERT INTO control_violations (control_id, incident_id, severity, summary)
SELECT 1 + n % 180, CASE WHEN n % 3 = 0 THEN 1 + n % 500 END, pg_temp.pick(ARRAY['low', 'critical'], n)::severity, pg_temp.sentence(n, 8)
FROM generate_series(1, 120) AS n;
INSERT INTO control_comments (control_id, author_id, content) SELECT 1 + n % 180, 1 + n % 400, pg_temp.sentence(n, 9) FROM generate_series(1, 240) AS n;
