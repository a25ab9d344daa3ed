/**
 * A small target that has a bit of everything: four scopes with foreign keys across them in both directions, to
 * themselves and deferred, a table outside of every scope, sequences, a large object, a materialized view, a schema version.
 * It is loaded in a fifth of the time that the demo takes.
 */
export const WHOLE = `
  CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp);
  INSERT INTO goose_db_version (version_id, is_applied) VALUES (1, true);
  CREATE TABLE users (id serial PRIMARY KEY, full_name text NOT NULL, chief int REFERENCES users, newest_task int);
  CREATE TABLE tasks (id serial PRIMARY KEY, title text NOT NULL, parent int REFERENCES tasks, owner int NOT NULL REFERENCES users);
  CREATE TABLE task_comments (id serial PRIMARY KEY, task_id int NOT NULL REFERENCES tasks, author int NOT NULL REFERENCES users, body text);
  CREATE TABLE task_tags (id serial PRIMARY KEY, name text NOT NULL UNIQUE, color char(7) NOT NULL);
  CREATE TABLE docs (id serial PRIMARY KEY, author int NOT NULL REFERENCES users, about int REFERENCES tasks DEFERRABLE INITIALLY DEFERRED, body text);
  CREATE TABLE letters (id serial PRIMARY KEY, sender int NOT NULL REFERENCES users, body text);
  INSERT INTO users (full_name, chief) SELECT md5(n::text), nullif(n / 2, 0) FROM generate_series(1, 200) n;
  INSERT INTO tasks (title, parent, owner) SELECT md5(n::text), nullif(n / 3, 0), 1 + n % 200 FROM generate_series(1, 500) n;
  INSERT INTO task_comments (task_id, author, body) SELECT 1 + n % 500, 1 + n % 200, md5(n::text) FROM generate_series(1, 2000) n;
  INSERT INTO task_tags (name, color) SELECT md5(n::text), '#ffffff' FROM generate_series(1, 20) n;
  INSERT INTO docs (author, about, body) SELECT 1 + n % 200, 1 + n % 500, md5(n::text) FROM generate_series(1, 300) n;
  INSERT INTO letters (sender, body) SELECT 1 + n % 200, md5(n::text) FROM generate_series(1, 100) n;
  UPDATE users SET newest_task = id;
  ALTER TABLE users ADD CONSTRAINT users_newest_task FOREIGN KEY (newest_task) REFERENCES tasks DEFERRABLE;
  CREATE MATERIALIZED VIEW busy AS SELECT owner, count(*) FROM tasks GROUP BY owner;
  SELECT lo_from_bytea(4711, 'a large object');`;

/** What the newer version of the application has changed. */
export const MIGRATION = `ALTER TABLE tasks ADD COLUMN priority int NOT NULL DEFAULT 3; INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, true)`;

/** The target some time after its backup: migrated, written to, and damaged. */
export const MOVED_ON = `${MIGRATION};
  DELETE FROM task_comments WHERE id > 10; UPDATE users SET full_name = 'damaged' WHERE id < 10;
  INSERT INTO letters (sender, body) VALUES (1, 'written after the backup');`;
