import type pg from 'pg';
import { inPart } from './transaction-part';

/** What a database says of itself. */
export interface DatabaseFacts {
  readonly serverVersion: string;
  readonly serverVersionNum: number;
  readonly name: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly localeProvider: 'libc' | 'icu' | 'builtin';
  readonly sizeBytes: number;
  /** The server follows another one and may not be written to. */
  readonly isStandby: boolean;
  readonly extensions: readonly { name: string; version: string }[];
  /** Names of the roles that own something here or are granted something. */
  readonly roles: readonly string[];
  /** `pg_dump` does not say that there is none. */
  readonly hasPublicSchema: boolean;
  /** Under which a session of our role writes amounts of the type `money`. */
  readonly lcMonetary: string;
  readonly schemaVersion?: number | string | undefined;
}

interface FactsRow {
  server_version: string;
  server_version_num: number;
  name: string;
  encoding: string;
  collate: string;
  ctype: string;
  provider: string;
  size_bytes: string;
  is_standby: boolean;
  has_public_schema: boolean;
  lc_monetary: string;
  extensions: { name: string; version: string }[];
  roles: string[];
}

/** A migration locks the table of versions for a moment. An abandoned session may keep it locked without end. */
const LOCK_WAIT_MS = 60_000;

// Read through to_jsonb, because datlocprovider is a column only from PostgreSQL 15 on.
const FACTS = `
  SELECT pg_catalog.current_setting('server_version') AS server_version,
         pg_catalog.current_setting('server_version_num')::int AS server_version_num,
         d.datname AS name,
         pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
         pg_catalog.to_jsonb(d) ->> 'datcollate' AS collate,
         pg_catalog.to_jsonb(d) ->> 'datctype' AS ctype,
         coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') AS provider,
         pg_catalog.pg_database_size(d.oid) AS size_bytes,
         pg_catalog.pg_is_in_recovery() AS is_standby,
         EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public') AS has_public_schema,
         pg_catalog.current_setting('lc_monetary') AS lc_monetary,
         (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', extname, 'version', extversion) ORDER BY extname), '[]')
            FROM pg_catalog.pg_extension) AS extensions,
         (SELECT coalesce(pg_catalog.array_agg(DISTINCT r.rolname::text ORDER BY r.rolname::text), '{}')
            FROM pg_catalog.pg_roles r
            LEFT JOIN pg_catalog.pg_shdepend s ON s.refobjid = r.oid AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
             AND s.dbid = d.oid
           WHERE s.refobjid IS NOT NULL OR r.oid = d.datdba) AS roles
    FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

/** The newest version that is applied; goose adds a row each time it goes up or down. */
const GOOSE = `
  SELECT max(version_id) AS version FROM (
    SELECT DISTINCT ON (version_id) version_id, is_applied FROM public.goose_db_version ORDER BY version_id, id DESC) latest
   WHERE is_applied`;

/**
 * Reads the facts of the database the client is connected to.
 *
 * @param schemaVersionQuery its first value is the version of the schema; without it goose's table is asked if there is one
 */
export async function readFacts(client: pg.Client, schemaVersionQuery?: string): Promise<DatabaseFacts> {
  const { rows } = await client.query<FactsRow>(FACTS);
  const row = rows[0];
  if (row === undefined) throw new Error('the server does not list the database we are connected to');
  const schemaVersion = await readSchemaVersion(client, schemaVersionQuery);
  return {
    serverVersion: row.server_version,
    serverVersionNum: row.server_version_num,
    name: row.name,
    encoding: row.encoding,
    collate: row.collate,
    ctype: row.ctype,
    localeProvider: row.provider === 'i' ? 'icu' : row.provider === 'b' ? 'builtin' : 'libc',
    sizeBytes: Number(row.size_bytes),
    isStandby: row.is_standby,
    hasPublicSchema: row.has_public_schema,
    lcMonetary: row.lc_monetary,
    extensions: row.extensions,
    roles: row.roles,
    schemaVersion,
  };
}

/**
 * Version of the schema, a number whenever it reads as one; `undefined` when the database does not record one.
 *
 * @throws the driver's error, also when another session keeps what is asked locked
 */
export async function readSchemaVersion(client: pg.Client, query?: string): Promise<number | string | undefined> {
  const sql = query ?? ((await hasGoose(client)) ? GOOSE : undefined);
  if (sql === undefined) return undefined;
  const { rows } = await inPart(client, async () => {
    // As the administrator has tried it: names are found as in any session, and nothing can be changed.
    await client.query(
      `SET LOCAL search_path TO DEFAULT; SET LOCAL transaction_read_only TO on; SET LOCAL lock_timeout TO ${LOCK_WAIT_MS}`,
    );
    return client.query<unknown[]>({ text: sql, rowMode: 'array' });
  });
  const value = rows[0]?.[0];
  if (value === null || value === undefined) return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const number = Number(text);
  return text.trim() !== '' && Number.isSafeInteger(number) ? number : text;
}

async function hasGoose(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT pg_catalog.to_regclass('public.goose_db_version') IS NOT NULL AS found`,
  );
  return rows[0]?.found === true;
}
