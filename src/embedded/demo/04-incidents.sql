CREATE TABLE incident_reg_counters (
  year integer PRIMARY KEY,
  value bigint NOT NULL
);
CREATE TABLE incidents (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  reg_number text NOT NULL UNIQUE DEFAULT 'INC-' || nextval('incident_number_seq'),
  title text NOT NULL,
  description text NOT NULL,
  severity severity NOT NULL,
  status incident_status NOT NULL DEFAULT 'open',
  owner_id bigint NOT NULL REFERENCES users (id),
  assignee_id bigint REFERENCES users (id),
  duplicate_of_id bigint REFERENCES incidents (id),
  meta jsonb NOT NULL DEFAULT '{}',
  affected_networks cidr[] NOT NULL DEFAULT '{}',
  loss_estimate numeric(14, 2),
  score double precision NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  closed_at timestamptz
);
CREATE INDEX incidents_open ON incidents (severity DESC, created_at) WHERE status <> 'closed';
CREATE INDEX incidents_weight ON incidents (severity_weight(severity));
CREATE INDEX incidents_meta ON incidents USING gin (meta);
CREATE STATISTICS incidents_severity_status (dependencies) ON severity, status FROM incidents;
CREATE TABLE incident_stages (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  incident_id bigint NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  title text NOT NULL,
  position integer NOT NULL,
  UNIQUE (incident_id, position) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE incident_stage_entries (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  stage_id bigint NOT NULL REFERENCES incident_stages (id) ON DELETE CASCADE,
  content jsonb NOT NULL,
  revision integer NOT NULL DEFAULT 1
);
CREATE TABLE incident_participants (
  incident_id bigint NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  user_id bigint NOT NULL REFERENCES users (id),
  role text NOT NULL,
  PRIMARY KEY (incident_id, user_id)
);
CREATE TABLE incident_timeline (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  incident_id bigint NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  event_type text NOT NULL,
  message text NOT NULL,
  meta json,
  created_by bigint REFERENCES users (id),
  event_at timestamptz NOT NULL
);
CREATE TABLE incident_links (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  incident_id bigint NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  doc_id bigint REFERENCES docs (id) ON DELETE SET NULL,
  comment text
);
CREATE TABLE incident_attachments (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  incident_id bigint NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  doc_version_id bigint REFERENCES doc_versions (id) ON DELETE SET NULL,
  filename text NOT NULL,
  content bytea NOT NULL
);
-- The files themselves are large objects: memory images and captures outgrow a column.
CREATE TABLE incident_artifact_files (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  incident_id bigint NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  filename text NOT NULL,
  content oid NOT NULL UNIQUE,
  sha256 bytea NOT NULL
);
CREATE TABLE incident_acl (
  incident_id bigint NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  subject_type text NOT NULL,
  subject_id text NOT NULL,
  permission text NOT NULL,
  PRIMARY KEY (incident_id, subject_type, subject_id, permission)
);

INSERT INTO incident_reg_counters SELECT year, year % 100 * 17 FROM generate_series(2021, 2025) AS year;
INSERT INTO incidents (title, description, severity, status, owner_id, assignee_id, duplicate_of_id, meta, affected_networks,
  loss_estimate, score, created_at, updated_at, closed_at)
SELECT 'Інцидент: ' || pg_temp.sentence(n, 4), pg_temp.sentence(n, 30) || E'\r\nC:\\temp\\зразок.exe\t🔥',
  pg_temp.pick(ARRAY['low', 'medium', 'high', 'critical'], n * 3)::severity,
  pg_temp.pick(ARRAY['open', 'investigating', 'contained', 'resolved', 'closed'], n)::incident_status,
  1 + n % 400, CASE WHEN n % 6 > 0 THEN 1 + n * 11 % 400 END, CASE WHEN n % 40 = 0 THEN n - 1 END,
  jsonb_build_object('source', pg_temp.pick(ARRAY['siem', 'користувач', 'звонок'], n), 'iocs', jsonb_build_array('198.51.100.' || n % 250, 'evil.example'),
    'big', 12345678901234567890.123456789, 'none', NULL, 'nested', jsonb_build_object('ключ', ARRAY[n, -n])),
  CASE WHEN n % 4 = 0 THEN ARRAY['10.0.0.0/8', 'fd00::/8']::cidr[] ELSE '{}' END,
  CASE n % 50 WHEN 0 THEN 'NaN' WHEN 1 THEN NULL ELSE n * 1234.56 END,
  CASE n % 60 WHEN 0 THEN 'infinity'::double precision WHEN 1 THEN '-0'::double precision ELSE n / 7.0::double precision END,
  pg_temp.moment(n), pg_temp.moment(n * 2), CASE WHEN n % 5 = 4 THEN pg_temp.moment(n) + interval '3 days 04:05:06.789' END
FROM generate_series(1, 500) AS n;
INSERT INTO incident_stages (incident_id, title, position)
SELECT n, pg_temp.pick(ARRAY['Виявлення', 'Стримування', 'Усунення', 'Выводы'], position), position
FROM generate_series(1, 500) AS n, generate_series(0, 3) AS position;
INSERT INTO incident_stage_entries (stage_id, content, revision)
SELECT n, jsonb_build_object('text', pg_temp.sentence(n, 12), 'checklist', jsonb_build_array(jsonb_build_object('done', n % 2 = 0, 'item', 'пункт ' || n))), 1 + n % 4
FROM generate_series(1, 2000) AS n;
INSERT INTO incident_participants SELECT n, 1 + (n * 2 + shift * 7) % 400, pg_temp.pick(ARRAY['лідер', 'analyst'], shift)
FROM generate_series(1, 500) AS n, generate_series(0, 1) AS shift;
INSERT INTO incident_timeline (incident_id, event_type, message, meta, created_by, event_at)
SELECT 1 + n % 500, pg_temp.pick(ARRAY['created', 'status', 'коментар'], n), pg_temp.sentence(n, 8),
  CASE WHEN n % 3 = 0 THEN '{"spacing"  :  "kept as written", "n": 1.50}'::json END, CASE WHEN n % 9 > 0 THEN 1 + n % 400 END, pg_temp.moment(n)
FROM generate_series(1, 2000) AS n;
INSERT INTO incident_links (incident_id, doc_id, comment)
SELECT 1 + n % 500, CASE WHEN n % 8 > 0 THEN 1 + n * 4 % 1500 END, CASE n % 3 WHEN 0 THEN '' WHEN 1 THEN '\N' END
FROM generate_series(1, 300) AS n;
INSERT INTO incident_attachments (incident_id, doc_version_id, filename, content)
SELECT 1 + n % 500, 1 + n * 13 % 4500, 'скріншот ' || n || '.png', '\x89504e470d0a1a0a00'::bytea || sha256(n::text::bytea)
FROM generate_series(1, 200) AS n;
-- Fixed numbers, far above what a young server hands out, so that every load is the same; sizes from 0 to some 300 kB.
INSERT INTO incident_artifact_files (incident_id, filename, content, sha256)
SELECT n * 20, 'дамп-' || n || '.bin', lo_from_bytea(900000 + n::integer, body), sha256(body)
FROM generate_series(1, 24) AS n,
  LATERAL (SELECT coalesce(string_agg(sha256((n || ':' || block)::bytea), ''::bytea ORDER BY block), '') AS body
    FROM generate_series(1, (n - 1) * 400) AS block) AS made;
GRANT SELECT ON LARGE OBJECT 900002 TO scc_reader;
COMMENT ON LARGE OBJECT 900003 IS 'Образ пам’яті сервера';
INSERT INTO incident_acl SELECT n, 'role', pg_temp.pick(ARRAY['soc_operator', 'analyst'], n), 'view' FROM generate_series(1, 500) AS n;
