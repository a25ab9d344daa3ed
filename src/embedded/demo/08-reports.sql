CREATE TABLE report_templates (
  id serial PRIMARY KEY,
  name text NOT NULL,
  template_markdown text NOT NULL
);
CREATE TABLE report_settings (
  id integer PRIMARY KEY CHECK (id = 1),
  header_logo bytea,
  watermark text,
  default_template_id integer REFERENCES report_templates (id)
);
-- A report is a document with more to it.
CREATE TABLE report_meta (
  doc_id bigint PRIMARY KEY REFERENCES docs (id) ON DELETE CASCADE,
  template_id integer REFERENCES report_templates (id),
  period daterange NOT NULL,
  status text NOT NULL DEFAULT 'draft'
);
CREATE TABLE report_sections (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  report_id bigint NOT NULL REFERENCES report_meta (doc_id) ON DELETE CASCADE,
  section_type text NOT NULL,
  config jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE report_charts (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  section_id bigint NOT NULL REFERENCES report_sections (id) ON DELETE CASCADE,
  series double precision[] NOT NULL,
  svg xml
);
CREATE TABLE report_snapshots (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  report_id bigint NOT NULL REFERENCES report_meta (doc_id) ON DELETE CASCADE,
  created_by bigint REFERENCES users (id),
  sha256 bytea NOT NULL
);
CREATE TABLE report_snapshot_items (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  snapshot_id bigint NOT NULL REFERENCES report_snapshots (id) ON DELETE CASCADE,
  incident_id bigint REFERENCES incidents (id) ON DELETE SET NULL,
  entity jsonb NOT NULL
);
CREATE TABLE approvals (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  doc_id bigint NOT NULL REFERENCES docs (id) ON DELETE CASCADE,
  requested_by bigint NOT NULL REFERENCES users (id),
  state decision NOT NULL DEFAULT 'pending',
  created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX approvals_one_pending ON approvals (doc_id) WHERE state = 'pending';
CREATE TABLE approval_participants (
  approval_id bigint NOT NULL REFERENCES approvals (id) ON DELETE CASCADE,
  user_id bigint NOT NULL REFERENCES users (id),
  verdict decision NOT NULL,
  PRIMARY KEY (approval_id, user_id)
);
CREATE TABLE approval_comments (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  approval_id bigint NOT NULL,
  user_id bigint NOT NULL,
  content text NOT NULL,
  FOREIGN KEY (approval_id, user_id) REFERENCES approval_participants (approval_id, user_id) ON DELETE CASCADE
);
CREATE TABLE doc_export_approvals (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  doc_id bigint NOT NULL REFERENCES docs (id) ON DELETE CASCADE,
  requested_by bigint NOT NULL REFERENCES users (id),
  formats text[] NOT NULL
);
CREATE TABLE doc_export_approval_decisions (
  export_id bigint NOT NULL REFERENCES doc_export_approvals (id) ON DELETE CASCADE,
  user_id bigint NOT NULL REFERENCES users (id),
  verdict decision NOT NULL,
  PRIMARY KEY (export_id, user_id)
);

INSERT INTO report_templates (name, template_markdown) SELECT 'Звіт ' || n, E'## Підсумки\n\n| а | b |\n|---|---|\n' || pg_temp.sentence(n, 20)
FROM generate_series(1, 5) AS n;
INSERT INTO report_settings VALUES (1, '\x00ff00', 'ДЛЯ СЛУЖБОВОГО КОРИСТУВАННЯ', 2);
INSERT INTO report_meta SELECT n * 25, 1 + n % 5, daterange(date '2025-01-01' + (n * 7)::integer, date '2025-01-08' + (n * 7)::integer), pg_temp.pick(ARRAY['draft', 'готово'], n)
FROM generate_series(1, 60) AS n;
INSERT INTO report_sections (report_id, section_type, config)
SELECT n * 25, pg_temp.pick(ARRAY['incidents', 'tasks', 'sla', 'summary', 'текст'], kind), jsonb_build_object('order', kind)
FROM generate_series(1, 60) AS n, generate_series(0, 4) AS kind;
INSERT INTO report_charts (section_id, series, svg) SELECT n * 2, ARRAY[n / 3.0, 'NaN', '-infinity', 1e-300]::double precision[], NULL FROM generate_series(1, 120) AS n;
INSERT INTO report_snapshots (report_id, created_by, sha256) SELECT (1 + n % 60) * 25, 1 + n % 400, sha256(('s' || n)::bytea) FROM generate_series(1, 120) AS n;
INSERT INTO report_snapshot_items (snapshot_id, incident_id, entity)
SELECT 1 + n % 120, CASE WHEN n % 2 = 0 THEN 1 + n % 500 END, jsonb_build_object('title', pg_temp.sentence(n, 4)) FROM generate_series(1, 1200) AS n;
INSERT INTO approvals (doc_id, requested_by, state, created_at)
SELECT n * 7, 1 + n % 400, pg_temp.pick(ARRAY['pending', 'approved', 'rejected'], n)::decision, pg_temp.moment(n) FROM generate_series(1, 150) AS n;
INSERT INTO approval_participants SELECT n, 1 + (n + shift * 9) % 400, pg_temp.pick(ARRAY['approved', 'rejected'], shift)::decision
FROM generate_series(1, 150) AS n, generate_series(0, 1) AS shift;
INSERT INTO approval_comments (approval_id, user_id, content)
SELECT approval_id, user_id, 'Погоджено з зауваженнями: ' || pg_temp.sentence(user_id, 4) FROM approval_participants ORDER BY approval_id, user_id;
INSERT INTO doc_export_approvals (doc_id, requested_by, formats) SELECT n * 11, 1 + n % 400, ARRAY['pdf', 'docx'] FROM generate_series(1, 80) AS n;
INSERT INTO doc_export_approval_decisions SELECT n, 1 + n % 400, 'approved' FROM generate_series(1, 80) AS n;
