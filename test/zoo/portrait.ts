import { join } from 'node:path';
import type { Client } from 'pg';
import { runProgram } from './run-program';
import { withPatience } from './server';

/** Everything of a database that must come back, in an order that does not depend on where it lies. */
export interface Portrait {
  /** Entries of `pg_dump --create`, by heading. */
  readonly dump: readonly string[];
  /** Rows of each table and materialized view, as count and digest. */
  readonly rows: readonly string[];
  /** Who may do what, defaults included. */
  readonly rights: readonly string[];
  readonly labels: readonly string[];
}

/**
 * Looks at a database as a superuser.
 *
 * @param as names that differ by intent, and what to read in their place
 */
export async function portraitOf(
  url: string,
  binDirectory: string,
  as: Readonly<Record<string, string>> = {},
): Promise<Portrait> {
  const same = (text: string): string =>
    Object.entries(as).reduce(
      (changed, [name, other]) => changed.replace(new RegExp(`\\b${name}\\b`, 'g'), other),
      text,
    );
  const dumped = await runProgram(join(binDirectory, 'pg_dump'), ['--create', '--dbname', url], {
    PGOPTIONS: '-c role=none -c statement_timeout=0',
  });
  if (dumped.code !== 0) throw new Error(`pg_dump: ${dumped.stderr}`);
  const found = await withPatience(url, async (client) => {
    await client.query(`SET row_security = off; SET extra_float_digits = 3; SET timezone = 'UTC'`);
    // Under the path of the database: the planner runs functions of indexes, which may need it.
    const rows = await rowsOf(client);
    await client.query(`SET search_path = ''`);
    return { rows, rights: await linesOf(client, RIGHTS), labels: await linesOf(client, LABELS) };
  });
  return {
    dump: entriesOf(same(dumped.stdout)),
    rows: found.rows.map(same),
    rights: found.rights.map(same).sort(),
    labels: found.labels.map(same).sort(),
  };
}

/** The first few differences in words; empty when there are none. */
export function differences(before: Portrait, after: Portrait, parts: readonly (keyof Portrait)[] = PARTS): string[] {
  return parts.flatMap((part) => {
    const [was, is] = [new Set(before[part]), new Set(after[part])];
    const gone = before[part].filter((line) => !is.has(line)).map((line) => `${part} -${line}`);
    const added = after[part].filter((line) => !was.has(line)).map((line) => `${part} +${line}`);
    return [...gone.slice(0, 3), ...added.slice(0, 3)];
  });
}

const PARTS: readonly (keyof Portrait)[] = ['dump', 'rows', 'rights', 'labels'];

/** Lines that say nothing of the object before them. */
const PASSING =
  /^\\(un)?restrict |^-- Dumped (from|by) |^SET default_tablespace = '';$|^SET default_table_access_method = heap;$/;

function entriesOf(dump: string): string[] {
  const lines = dump.split('\n').filter((line) => !PASSING.test(line));
  // Rows of a table lie in another order after a load through the root of its partitions.
  const sorted: string[] = [];
  let copied: string[] | undefined;
  for (const line of lines) {
    if (copied === undefined) {
      sorted.push(line);
      if (/^COPY .* FROM stdin;$/.test(line)) copied = [];
    } else if (line === '\\.') {
      sorted.push(...copied.sort(), line);
      copied = undefined;
    } else copied.push(line);
  }
  const entries = sorted
    .join('\n')
    .split(/\n--\n(?=-- (?:Data for )?Name: )/)
    .map((entry) =>
      entry
        .replace(/\n--\n\n/, '\n')
        .replace(/\n--\n-- PostgreSQL database dump complete[\s\S]*$/, '')
        .trim(),
    );
  // Of partitions by hash the rows are compared as those of the table at the top.
  return entries.filter((entry) => !/^-- load via partition root /m.test(entry)).sort();
}

/** The same where the roles of a database are not: what belongs to roles, and what is for them, is not compared. */
export function withoutRoles({ dump, rows, labels }: Portrait): Portrait {
  const isOfRoles = (entry: string): boolean =>
    /^-- Name: .*; Type: (?:DEFAULT ACL|ACL|USER MAPPING)/.test(entry) ||
    /^-- Name: DATABASE /.test(entry) ||
    /^CREATE POLICY .* TO /m.test(entry) ||
    /^COMMENT ON POLICY /m.test(entry);
  const entries = dump.filter((entry) => !isOfRoles(entry));
  const withoutOwner = (entry: string): string =>
    entry
      .replace(/; Owner: .*$/m, '')
      .replace(/^ALTER .* OWNER TO .*;$/gm, '')
      .replace(/^ALTER ROLE .* IN DATABASE .*;$/gm, '')
      .replace(/\n{2,}/g, '\n')
      .trim();
  return { dump: entries.map(withoutOwner).sort(), rows, rights: [], labels };
}

// Which partition by hash a row is in may differ: those count as one table.
async function rowsOf(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; populated: boolean }>(`
    SELECT DISTINCT format('%I.%I', nspname, t.relname) AS name, c.relispopulated AS populated
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_class t ON t.oid = coalesce(
             (SELECT a.relid FROM pg_catalog.pg_partition_ancestors(c.oid) WITH ORDINALITY AS a (relid, i)
                JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = a.relid AND p.partstrat = 'h' ORDER BY i DESC LIMIT 1), c.oid)
           JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
     WHERE c.relkind IN ('r', 'm') AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_t%'
     ORDER BY 1`);
  const lines: string[] = [];
  for (const { name, populated } of rows) {
    if (populated) {
      const [line] = await linesOf(
        client,
        `SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text) COLLATE "C")), '') AS line FROM ${name} t`,
      );
      lines.push(`${name} ${line ?? ''}`);
    } else lines.push(`${name} not populated`);
  }
  return lines;
}

async function linesOf(client: Client, sql: string): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(sql);
  return rows.map(({ line }) => line);
}

/** Catalogue, its column of rights, its column of owner, and the letter by which acldefault() knows the kind. */
const OWNED: readonly (readonly [catalogue: string, acl: string, owner: string, kind: string])[] = [
  ['pg_class', 'relacl', 'relowner', `CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char"`],
  ['pg_proc', 'proacl', 'proowner', `'f'`],
  ['pg_type', 'typacl', 'typowner', `'T'`],
  ['pg_namespace', 'nspacl', 'nspowner', `'n'`],
  ['pg_language', 'lanacl', 'lanowner', `'l'`],
  ['pg_foreign_data_wrapper', 'fdwacl', 'fdwowner', `'F'`],
  ['pg_foreign_server', 'srvacl', 'srvowner', `'S'`],
  ['pg_largeobject_metadata', 'lomacl', 'lomowner', `'L'`],
];

const EXPLODED = exploded('grantor::regrole::text', 'grantee::regrole::text');

function exploded(grantor: string, grantee: string): string {
  return `' ' || ${grantor} || ' ' || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE ${grantee} END
    || ' ' || privilege_type || CASE WHEN is_grantable THEN ' *' ELSE '' END`;
}

/**
 * What an extension brings belongs to the role that makes the extension, or to the first superuser when that role is an ordinary one: to
 * `pg_dump` that is no property of the database.
 */
function explodedOf(catalogue: string, owner: string): string {
  const isOfExtension = `EXISTS (SELECT FROM pg_catalog.pg_depend WHERE deptype = 'e' AND objid = o.oid AND classid = 'pg_catalog.${catalogue}'::regclass)`;
  const nameOf = (role: string): string =>
    `CASE WHEN ${role} = ${owner} AND ${isOfExtension} THEN '(owner)' ELSE ${role}::regrole::text END`;
  return exploded(nameOf('grantor'), nameOf('grantee'));
}

// Objects of the system count where their rights are not those they were made with. Those of a schema public that was made again are in
// the dump, where they differ.
const RIGHTS = [
  ...OWNED.map(
    ([catalogue, acl, owner, kind]) => `
    SELECT (pg_catalog.pg_identify_object('pg_catalog.${catalogue === 'pg_largeobject_metadata' ? 'pg_largeobject' : catalogue}'::regclass, o.oid, 0)).identity || ${explodedOf(catalogue, owner)} AS line
      FROM pg_catalog.${catalogue} o,
           pg_catalog.aclexplode(coalesce(${acl}, pg_catalog.acldefault(${kind}, ${owner})))
     WHERE (o.oid >= 16384 ${catalogue === 'pg_class' ? `AND relkind NOT IN ('i', 'I', 't') AND relnamespace::regnamespace::text <> 'pg_toast'` : ''}
            ${catalogue === 'pg_type' ? `AND typelem = 0 AND typrelid = 0` : ''}
            ${catalogue === 'pg_namespace' ? `AND nspname <> 'public' AND nspname !~ '^pg_(toast_)?temp_'` : ''})
        OR (o.oid < 16384 AND ${acl} IS NOT NULL AND ${acl} IS DISTINCT FROM
            (SELECT initprivs FROM pg_catalog.pg_init_privs i WHERE i.objoid = o.oid AND i.classoid = 'pg_catalog.${catalogue}'::regclass AND i.objsubid = 0))`,
  ),
  `SELECT attrelid::regclass || '.' || attname || ${EXPLODED} AS line
     FROM pg_catalog.pg_attribute, pg_catalog.aclexplode(attacl) WHERE attrelid >= 16384`,
  `SELECT 'default ' || defaclrole::regrole || ' ' || defaclnamespace::regnamespace || ' ' || defaclobjtype::text || ${EXPLODED} AS line
     FROM pg_catalog.pg_default_acl, pg_catalog.aclexplode(defaclacl)`,
].join(' UNION ALL ');

const LABELS = `SELECT objtype || ' ' || objname || ' ' || provider || ' ' || label AS line FROM pg_catalog.pg_seclabels`;
