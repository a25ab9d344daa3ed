CREATE TABLE doc_folders (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  parent_id bigint REFERENCES doc_folders (id),
  owner_id bigint REFERENCES users (id),
  CHECK (parent_id <> id)
);
CREATE TABLE folder_acl (
  folder_id bigint NOT NULL REFERENCES doc_folders (id) ON DELETE CASCADE,
  subject_type text NOT NULL CHECK (subject_type IN ('user', 'role', 'group')),
  subject_id text NOT NULL,
  permission text NOT NULL,
  PRIMARY KEY (folder_id, subject_type, subject_id, permission)
);
CREATE TABLE doc_templates (
  id serial PRIMARY KEY,
  name text NOT NULL,
  body text NOT NULL,
  variables jsonb NOT NULL
);
CREATE TABLE doc_reg_counters (
  series text NOT NULL,
  year integer NOT NULL,
  value bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (series, year)
);
CREATE TABLE docs (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  folder_id bigint REFERENCES doc_folders (id),
  template_id integer REFERENCES doc_templates (id),
  reg_number text NOT NULL UNIQUE DEFAULT 'DOC-' || nextval('document_number_seq'),
  title text NOT NULL,
  title_length integer GENERATED ALWAYS AS (char_length(title)) STORED,
  classification_level smallint NOT NULL DEFAULT 0 CHECK (classification_level BETWEEN 0 AND 5),
  tags text[] NOT NULL DEFAULT '{}',
  created_by bigint NOT NULL REFERENCES users (id),
  current_version_id bigint,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE doc_versions (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  doc_id bigint NOT NULL REFERENCES docs (id) ON DELETE CASCADE,
  version integer NOT NULL,
  author_id bigint NOT NULL REFERENCES users (id),
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  content bytea NOT NULL,
  size_bytes bigint GENERATED ALWAYS AS (octet_length(content)) STORED,
  created_at timestamptz NOT NULL,
  UNIQUE (doc_id, version)
);
-- A document and its current version need each other, so this is checked at the end of the transaction.
ALTER TABLE docs ADD CONSTRAINT docs_current_version FOREIGN KEY (current_version_id) REFERENCES doc_versions (id)
  DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE doc_acl (
  doc_id bigint NOT NULL REFERENCES docs (id) ON DELETE CASCADE,
  subject_type text NOT NULL CHECK (subject_type IN ('user', 'role', 'group')),
  subject_id text NOT NULL,
  permission text NOT NULL,
  PRIMARY KEY (doc_id, subject_type, subject_id, permission)
);
CREATE TABLE docs_fts (
  doc_id bigint PRIMARY KEY REFERENCES docs (id) ON DELETE CASCADE,
  words tsvector NOT NULL
);
CREATE INDEX docs_fts_words ON docs_fts USING gin (words);
CREATE INDEX docs_live ON docs (folder_id, created_at DESC) INCLUDE (title) WHERE deleted_at IS NULL;
CREATE INDEX docs_tags ON docs USING gin (tags);
CREATE TABLE entity_links (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  doc_id bigint NOT NULL REFERENCES docs (id) ON DELETE CASCADE,
  target_type text NOT NULL,
  target_id bigint NOT NULL,
  relation text NOT NULL DEFAULT 'related',
  UNIQUE (doc_id, target_type, target_id)
);

INSERT INTO doc_folders (name, parent_id, owner_id)
SELECT pg_temp.pick(ARRAY['Накази', 'Политики', 'Verträge', 'Протоколи', 'Drafts'], n) || ' ' || n,
  CASE WHEN n > 8 THEN 1 + n / 5 END, 1 + n * 3 % 400
FROM generate_series(1, 120) AS n;
INSERT INTO folder_acl SELECT n, pg_temp.pick(ARRAY['user', 'role', 'group'], n + kind), (1 + n % 24)::text, pg_temp.pick(ARRAY['view', 'edit'], kind)
FROM generate_series(1, 120) AS n, generate_series(0, 1) AS kind;
INSERT INTO doc_templates (name, body, variables)
SELECT 'Шаблон № ' || n, E'# {{title}}\n\nЗатверджено: {{approver}}\t\\o/\n' || pg_temp.sentence(n, 40), jsonb_build_object('title', 'text', 'approver', 'user', 'n', n)
FROM generate_series(1, 12) AS n;
INSERT INTO doc_reg_counters SELECT series, year, year % 100 * 31 FROM unnest(ARRAY['DOC', 'ORD', 'ПР']) AS series, generate_series(2022, 2025) AS year;

INSERT INTO docs (folder_id, template_id, title, classification_level, tags, created_by, current_version_id, deleted_at,
  created_at, updated_at)
SELECT 1 + n % 120, CASE WHEN n % 4 = 0 THEN 1 + n % 12 END, pg_temp.sentence(n, 3 + (n % 5)::integer), n % 6,
  (ARRAY['політика', 'gdpr', 'ISO 27001', 'черновик', ''])[1:n % 6], 1 + n * 7 % 400, n * 3, CASE WHEN n % 23 = 0 THEN pg_temp.moment(n * 5) END,
  pg_temp.moment(n), pg_temp.moment(n * 3)
FROM generate_series(1, 1500) AS n;
INSERT INTO doc_versions (doc_id, version, author_id, sha256, content, created_at)
SELECT doc, version, 1 + (doc + version) % 400, sha256((doc || '/' || version)::bytea),
  convert_to(pg_temp.sentence(doc * version, 60), 'UTF8') || sha256((version || '/' || doc)::bytea), pg_temp.moment(doc * version)
FROM generate_series(1, 1500) AS doc, generate_series(1, 3) AS version
ORDER BY doc, version;
INSERT INTO doc_acl SELECT n, pg_temp.pick(ARRAY['user', 'role', 'group'], n + kind), (1 + n % 24)::text, pg_temp.pick(ARRAY['view', 'edit'], kind)
FROM generate_series(1, 1500) AS n, generate_series(0, 1) AS kind;
INSERT INTO docs_fts SELECT id, to_tsvector('simple', title) FROM docs;
INSERT INTO entity_links (doc_id, target_type, target_id, relation)
SELECT 1 + n % 1500, pg_temp.pick(ARRAY['incident', 'task', 'control'], n), 1 + n % 400, pg_temp.pick(ARRAY['related', 'доказ'], n)
FROM generate_series(1, 1500) AS n;
