import type { Client } from 'pg';

/** Objects of every class that a dump can hold, which depend on each other across schemas and in both directions. */
const OBJECTS: readonly string[] = [
  // Types of every kind, and what is built on them.
  `CREATE TYPE timerange AS RANGE (subtype = time)`,
  `CREATE TYPE shell_only`,
  `CREATE DOMAIN amount AS int CHECK (VALUE > 0)`,
  `CREATE TYPE mood AS ENUM ('well', 'ill')`,
  `CREATE TYPE pair AS (a amount, b mood)`,
  `CREATE TYPE base`,
  `CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'int4in'`,
  `CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out'`,
  `CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, LIKE = int4)`,
  `CREATE FUNCTION base_of(int) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'int4abs'`,
  `CREATE CAST (int AS base) WITH FUNCTION base_of(int)`,
  `CREATE CAST (pair AS text) WITH INOUT`,
  `CREATE CAST (inet AS bytea) WITH INOUT`,
  // Routines of every kind, some told apart only by their arguments.
  `CREATE FUNCTION add_up(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2'`,
  `CREATE AGGREGATE sum_up(int) (SFUNC = add_up, STYPE = int)`,
  `CREATE FUNCTION add_all(int, VARIADIC "any") RETURNS int LANGUAGE internal AS 'int4abs'`,
  `CREATE AGGREGATE sum_all(VARIADIC "any") (SFUNC = add_all, STYPE = int)`,
  `CREATE FUNCTION add_one(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1'`,
  `CREATE AGGREGATE tally(*) (SFUNC = add_one, STYPE = int)`,
  `CREATE FUNCTION ranked(internal, "any") RETURNS internal LANGUAGE internal AS 'ordered_set_transition'`,
  `CREATE FUNCTION middle(internal, float8, anyelement) RETURNS anyelement LANGUAGE internal AS 'percentile_disc_final'`,
  `CREATE AGGREGATE median(float8 ORDER BY anyelement) (SFUNC = ranked, STYPE = internal, FINALFUNC = middle, FINALFUNC_EXTRA)`,
  `CREATE FUNCTION window_row() RETURNS bigint WINDOW LANGUAGE internal AS 'window_row_number'`,
  `CREATE PROCEDURE work(a int, b int) LANGUAGE plpgsql AS 'BEGIN END'`,
  `CREATE PROCEDURE work(INOUT a text) LANGUAGE plpgsql AS 'BEGIN END'`,
  `CREATE FUNCTION "odd ""name"""(text, VARIADIC numeric[]) RETURNS TABLE (x int) LANGUAGE sql AS 'SELECT 1'`,
  `CREATE FUNCTION as_row(pair, mood[], timerange) RETURNS SETOF pair LANGUAGE sql AS 'SELECT $1'`,
  // Operators, their classes and families; an access method and a language of one's own.
  `CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq, COMMUTATOR = ===)`,
  `CREATE OPERATOR !!! (RIGHTARG = int, FUNCTION = add_one)`,
  `CREATE OPERATOR FAMILY own_family USING btree`,
  `CREATE OPERATOR CLASS own_class FOR TYPE int USING btree FAMILY own_family AS
     OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int)`,
  `CREATE OPERATOR CLASS alone FOR TYPE int USING hash AS OPERATOR 1 ===, FUNCTION 1 hashint4(int)`,
  `CREATE ACCESS METHOD own_method TYPE INDEX HANDLER bthandler`,
  `CREATE OPERATOR CLASS by_method FOR TYPE int USING own_method AS
     OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int)`,
  `CREATE FUNCTION own_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler'`,
  `CREATE TRUSTED LANGUAGE own_language HANDLER own_handler`,
  `CREATE FUNCTION in_own_language() RETURNS int LANGUAGE own_language AS 'BEGIN RETURN 1; END'`,
  `CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))`,
  `CREATE TRANSFORM FOR pair LANGUAGE own_language (FROM SQL WITH FUNCTION prsd_lextype(internal))`,
  // Text search, collations, conversions.
  `CREATE TEXT SEARCH TEMPLATE own_template (LEXIZE = dsimple_lexize)`,
  `CREATE TEXT SEARCH PARSER own_parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)`,
  `CREATE TEXT SEARCH DICTIONARY own_dictionary (TEMPLATE = own_template)`,
  `CREATE TEXT SEARCH CONFIGURATION own_configuration (PARSER = own_parser)`,
  `ALTER TEXT SEARCH CONFIGURATION own_configuration ADD MAPPING FOR word WITH own_dictionary`,
  `CREATE COLLATION own_collation FROM "C"`,
  `CREATE CONVERSION own_conversion FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1`,
  // Foreign data.
  `CREATE FOREIGN DATA WRAPPER own_wrapper`,
  `CREATE SERVER own_server FOREIGN DATA WRAPPER own_wrapper`,
  `CREATE USER MAPPING FOR PUBLIC SERVER own_server`,
  `CREATE FOREIGN TABLE away (a mood) SERVER own_server`,
  // Relations.
  `CREATE TABLE item (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n serial, p pair, m mood DEFAULT 'well', r timerange,
     g amount, t text COLLATE own_collation, x int GENERATED ALWAYS AS (add_one(7)) STORED, CHECK (add_one(g) > 1))`,
  `CREATE TABLE item_part (LIKE item)`,
  `CREATE TABLE parted (id int, m mood, PRIMARY KEY (id, m)) PARTITION BY LIST (m)`,
  `CREATE TABLE parted_well PARTITION OF parted FOR VALUES IN ('well')`,
  `CREATE TABLE parent (id int)`,
  `CREATE TABLE child () INHERITS (parent)`,
  `CREATE TABLE typed OF pair`,
  `CREATE INDEX item_x ON item USING btree (add_one(id) own_class)`,
  `CREATE STATISTICS item_statistics ON id, n FROM item`,
  `CREATE VIEW seen AS SELECT id, p, sum_up(n) OVER () AS s FROM item WHERE id === 1`,
  `CREATE VIEW seen_again AS SELECT * FROM seen`,
  `CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM seen_again`,
  `CREATE RULE no_delete AS ON DELETE TO item DO INSTEAD NOTHING`,
  `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'`,
  `CREATE TRIGGER touched BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touch()`,
  `ALTER TABLE item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
  `CREATE POLICY own_policy ON item USING (m = 'well')`,
  `CREATE SEQUENCE lone`,
  // Across schemas, in both directions; names that are hard to write.
  `CREATE SCHEMA other`,
  `CREATE SCHEMA "odd ""schema
with a line break, and as long as a name can be, 63 bytes"`,
  `CREATE TABLE other.uses (m public.mood, f int REFERENCES public.item)`,
  `CREATE TYPE other.state AS ENUM ('a')`,
  `CREATE TABLE uses_other (s other.state)`,
  `CREATE OPERATOR other.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)`,
  `CREATE TABLE "odd ""table
with a line break" ("a
b" int)`,
  `CREATE TYPE "odd ""range
type" AS RANGE (subtype = float8)`,
  `CREATE FUNCTION "odd
function"("odd ""range
type") RETURNS int LANGUAGE sql AS 'SELECT 1'`,
  // What is in no schema at all.
  `CREATE PUBLICATION "own
publication" FOR ALL TABLES`,
  `CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no changes here''; END'`,
  `CREATE EXTENSION citext`,
  `CREATE TABLE uses_extension (c citext PRIMARY KEY)`,
  `SELECT lo_create(4711)`,
  `COMMENT ON LARGE OBJECT 4711 IS 'large'`,
  `GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC`,
  // Rights beyond those of a new database.
  `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC`,
  `ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`,
  `ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC`,
  `ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO pg_monitor WITH GRANT OPTION`,
  `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT ON TABLES TO PUBLIC`,
  `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO PUBLIC`,
  `GRANT CREATE ON SCHEMA public TO PUBLIC`,
  `COMMENT ON SCHEMA public IS 'the usual'`,
  `REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8) FROM PUBLIC`,
  `REVOKE ALL ON pg_catalog.pg_roles FROM PUBLIC`,
  `GRANT SELECT (rolpassword) ON pg_catalog.pg_authid TO PUBLIC`,
  `REVOKE USAGE ON TYPE pg_catalog.int4 FROM PUBLIC`,
  `REVOKE USAGE ON LANGUAGE sql FROM PUBLIC`,
  // Last of all: it refuses everything that comes after it.
  `CREATE EVENT TRIGGER own_trigger ON ddl_command_end EXECUTE FUNCTION refuse()`,
];

/** What can be made from a version on, by `server_version_num`. */
const NEWER: readonly (readonly [versionNum: number, sql: string])[] = [
  [140_000, `CREATE FUNCTION new_style(int) RETURNS int LANGUAGE sql RETURN public.add_one($1)`],
  [140_000, `CREATE TABLE multi (m timemultirange)`],
  [150_000, `CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA other`],
  [180_000, `ALTER DEFAULT PRIVILEGES GRANT SELECT ON LARGE OBJECTS TO PUBLIC`],
];

/** Makes all of it in an empty database; as a superuser. */
export async function makeEveryObject(client: Client): Promise<void> {
  const { rows } = await client.query<{ version_num: number }>(
    `SELECT current_setting('server_version_num')::int AS version_num`,
  );
  const known = rows[0]?.version_num ?? 0;
  const newer = NEWER.filter(([versionNum]) => versionNum <= known).map(([, sql]) => sql);
  for (const sql of [...OBJECTS.slice(0, -1), ...newer, ...OBJECTS.slice(-1)]) await client.query(sql);
}
