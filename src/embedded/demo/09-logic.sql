-- After the rows: nothing here may fire while they are loaded.
SET CONSTRAINTS ALL IMMEDIATE;
CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER docs_touch BEFORE UPDATE ON docs FOR EACH ROW WHEN ((OLD.title, OLD.tags) IS DISTINCT FROM (NEW.title, NEW.tags)) EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER tasks_touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER incidents_touch BEFORE UPDATE ON incidents FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER monitors_touch BEFORE UPDATE ON monitors FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE FUNCTION index_document() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO docs_fts (doc_id, words) VALUES (NEW.id, to_tsvector('simple', NEW.title))
  ON CONFLICT (doc_id) DO UPDATE SET words = EXCLUDED.words;
  RETURN NULL;
END
$$;
CREATE TRIGGER docs_index AFTER INSERT OR UPDATE OF title ON docs FOR EACH ROW EXECUTE FUNCTION index_document();

CREATE FUNCTION require_assignee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> 'open' AND NEW.severity = 'critical' AND NEW.assignee_id IS NULL THEN
    RAISE EXCEPTION 'критический инцидент % без ответственного', NEW.reg_number USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER incidents_need_assignee AFTER UPDATE ON incidents DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION require_assignee();

CREATE FUNCTION next_reg_number(wanted_series text, wanted_year integer) RETURNS text LANGUAGE sql AS $$
  INSERT INTO doc_reg_counters AS counters VALUES (wanted_series, wanted_year, 1)
  ON CONFLICT (series, year) DO UPDATE SET value = counters.value + 1
  RETURNING series || '-' || year || '/' || value
$$;
CREATE PROCEDURE close_stale_incidents(older_than interval) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE incidents SET status = 'closed', closed_at = now() WHERE status = 'resolved' AND updated_at < now() - older_than;
END
$$;
CREATE AGGREGATE worst(severity) (SFUNC = enum_larger, STYPE = severity);

CREATE VIEW open_incidents AS
SELECT incidents.id, incidents.reg_number, incidents.title, incidents.severity, severity_weight(incidents.severity) AS weight, users.full_name AS owner
FROM incidents JOIN users ON users.id = incidents.owner_id WHERE incidents.status <> 'closed';
COMMENT ON VIEW open_incidents IS 'Незакриті інциденти з власниками';
CREATE RECURSIVE VIEW folder_paths (id, path) AS
  SELECT id, name FROM doc_folders WHERE parent_id IS NULL
  UNION ALL
  SELECT child.id, folder_paths.path || ' / ' || child.name FROM doc_folders AS child JOIN folder_paths ON child.parent_id = folder_paths.id;
CREATE VIEW active_users AS SELECT id, username, full_name FROM users WHERE is_active WITH LOCAL CHECK OPTION;
CREATE FUNCTION refuse_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE users SET is_active = false WHERE id = OLD.id;
  RETURN OLD;
END
$$;
CREATE TRIGGER active_users_delete INSTEAD OF DELETE ON active_users FOR EACH ROW EXECUTE FUNCTION refuse_deletion();

CREATE MATERIALIZED VIEW analytics.daily_uptime AS
SELECT monitor_id, (measured_at AT TIME ZONE 'UTC')::date AS day, avg(latency_ms)::numeric(12, 3) AS latency_ms, count(*) FILTER (WHERE is_up) AS up, count(*) AS total
FROM monitor_metrics GROUP BY 1, 2 ORDER BY 1, 2;
CREATE UNIQUE INDEX daily_uptime_key ON analytics.daily_uptime (monitor_id, day);
CREATE MATERIALIZED VIEW analytics.severity_by_month AS
SELECT date_trunc('month', created_at AT TIME ZONE 'UTC') AS month, worst(severity) AS worst, count(*) AS incidents FROM incidents GROUP BY 1
WITH NO DATA;

-- A name as people make them: other letters, blanks, capitals and a quotation mark.
CREATE TABLE analytics."Звіт ""за квартал""" (
  "Квартал" text COLLATE "C" PRIMARY KEY,
  "Order" integer NOT NULL,
  "сума, грн" numeric NOT NULL
);
INSERT INTO analytics."Звіт ""за квартал""" VALUES ('I', 1, 1000.50), ('II', 2, 0), ('III', 3, -12345678901234567890.000000001), ('IV', 4, 'NaN');

ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
CREATE POLICY docs_public ON docs FOR SELECT TO scc_reader USING (classification_level = 0 AND deleted_at IS NULL);
CREATE POLICY docs_own ON docs AS PERMISSIVE FOR ALL
  USING (created_by = nullif(current_setting('scc.user_id', true), '')::bigint)
  WITH CHECK (created_by = nullif(current_setting('scc.user_id', true), '')::bigint);
ALTER TABLE incident_acl ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_acl FORCE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA analytics TO scc_reader;
GRANT SELECT ON docs, open_incidents, analytics.daily_uptime TO scc_reader;
GRANT SELECT (id, username, full_name) ON users TO scc_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA analytics GRANT SELECT ON TABLES TO scc_reader;
REVOKE EXECUTE ON PROCEDURE close_stale_incidents(interval) FROM PUBLIC;
