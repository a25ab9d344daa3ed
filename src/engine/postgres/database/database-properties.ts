import pg from 'pg';
import { RestoreError } from '../server/restore-error';

/** One setting made by `ALTER DATABASE … SET` or `ALTER ROLE … IN DATABASE … SET`. */
interface DatabaseSetting {
  /** Of one role, or of all roles. */
  readonly role: string | null;
  readonly name: string;
  /** As the catalog has it. */
  readonly value: string;
}

/** One granted right on a database. */
interface DatabaseGrant {
  /** `null` is PUBLIC. */
  readonly grantee: string | null;
  readonly privilege: string;
  readonly isGrantable: boolean;
}

/** What belongs to a database as a whole and is in no dump of its content. */
export interface DatabaseProperties {
  readonly oid: string;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly localeProvider: 'c' | 'i' | 'b';
  /** ICU's or the built-in provider's locale. */
  readonly locale: string | null;
  readonly icuRules: string | null;
  readonly tablespace: string;
  /** The tablespace is the one that a new database gets unasked. */
  readonly isInUsualTablespace: boolean;
  readonly connectionLimit: number;
  readonly isTemplate: boolean;
  readonly comment: string | null;
  readonly settings: readonly DatabaseSetting[];
  /** `null`: the built-in defaults. */
  readonly grants: readonly DatabaseGrant[] | null;
}

interface PropertiesRow {
  oid: string;
  owner: string;
  encoding: string;
  facts: {
    datcollate: string;
    datctype: string;
    datlocprovider?: 'c' | 'i' | 'b';
    daticulocale?: string | null;
    datlocale?: string | null;
    daticurules?: string | null;
    datconnlimit: number;
    datistemplate: boolean;
  };
  tablespace: string;
  is_in_usual_tablespace: boolean;
  comment: string | null;
  /** `name=value` as bytes: those of a database of another encoding may be no text here. */
  settings: { role: string | null; hex: string }[];
  grants: DatabaseGrant[] | null;
}

const PROPERTIES = `
  SELECT d.oid::text AS oid, pg_catalog.pg_get_userbyid(d.datdba)::text AS owner,
         pg_catalog.pg_encoding_to_char(d.encoding)::text AS encoding, pg_catalog.to_jsonb(d) AS facts,
         t.spcname::text AS tablespace,
         d.dattablespace = (SELECT dattablespace FROM pg_catalog.pg_database WHERE datname = 'template0') AS is_in_usual_tablespace,
         pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('role', r.rolname, 'hex', pg_catalog.encode(pg_catalog.textsend(item), 'hex'))
                                    ORDER BY s.setrole, n), '[]')
            FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole,
                 unnest(s.setconfig) WITH ORDINALITY AS c (item, n)
           WHERE s.setdatabase = d.oid) AS settings,
         CASE WHEN d.datacl IS NULL THEN NULL ELSE
           (SELECT coalesce(jsonb_agg(jsonb_build_object('grantee', r.rolname, 'privilege', a.privilege_type, 'isGrantable', a.is_grantable)), '[]')
              FROM pg_catalog.aclexplode(d.datacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
             WHERE a.grantee = 0 OR r.oid IS NOT NULL) END AS grants
    FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
   WHERE d.datname = $1`;

/**
 * Reads what belongs to a database as a whole.
 *
 * @param client connected to another database of the server
 * @throws RestoreError `incompatible_version` when there is no such database
 */
export async function readProperties(client: pg.Client, database: string): Promise<DatabaseProperties> {
  const { rows } = await client.query<PropertiesRow>(PROPERTIES, [database]);
  const row = rows[0];
  if (row === undefined) {
    throw new RestoreError('incompatible_version', 'The target database does not exist.', {
      missing: 'target database',
    });
  }
  const { facts } = row;
  return {
    oid: row.oid,
    owner: row.owner,
    encoding: row.encoding,
    collate: facts.datcollate,
    ctype: facts.datctype,
    localeProvider: facts.datlocprovider ?? 'c',
    locale: facts.datlocale ?? facts.daticulocale ?? null,
    icuRules: facts.daticurules ?? null,
    tablespace: row.tablespace,
    isInUsualTablespace: row.is_in_usual_tablespace,
    connectionLimit: facts.datconnlimit,
    isTemplate: facts.datistemplate,
    comment: row.comment,
    settings: row.settings.map(({ role, hex }) => ({ role, ...nameAndValue(Buffer.from(hex, 'hex').toString()) })),
    grants: row.grants,
  };
}

function nameAndValue(item: string): Pick<DatabaseSetting, 'name' | 'value'> {
  const at = item.indexOf('=');
  return { name: item.slice(0, at), value: item.slice(at + 1) };
}

/**
 * Whether comment or settings are no text where they were read. They have the bytes of the database in which they were made; one of
 * another encoding cannot read them, and only a session in a database of theirs can write them.
 */
export function hasForeignText({ comment, settings }: DatabaseProperties): boolean {
  return [comment ?? '', ...settings.map(({ value }) => value)].some((text) => text.includes('\uFFFD'));
}

/** The statements that give comment and settings to another database, which may run in a transaction. */
export function textStatements(database: string, properties: DatabaseProperties): string[] {
  const name = pg.escapeIdentifier(database);
  const comment = properties.comment === null ? 'NULL' : pg.escapeLiteral(properties.comment);
  return [
    `COMMENT ON DATABASE ${name} IS ${comment}`,
    // It has had the target's since it was made, which may have changed meanwhile.
    `ALTER DATABASE ${name} RESET ALL`,
    ...settingStatements(database, properties).map(({ sql }) => sql),
  ];
}

/** The statements that give another database limit, kind and rights, which may run in a transaction. */
export function accessStatements(database: string, properties: DatabaseProperties): string[] {
  const name = pg.escapeIdentifier(database);
  return [
    `ALTER DATABASE ${name} WITH CONNECTION LIMIT ${properties.connectionLimit} IS_TEMPLATE ${properties.isTemplate}`,
    ...applyGrants(name, properties),
  ];
}

/** The statements that make the target's settings for another database, or for it itself once more. */
export function settingStatements(
  database: string,
  { settings }: DatabaseProperties,
): { readonly label: string; readonly sql: string }[] {
  return settings.map((setting) => ({
    label: setting.role === null ? setting.name : `${setting.name} (for ${setting.role})`,
    sql: applySetting(pg.escapeIdentifier(database), setting),
  }));
}

function applySetting(database: string, { role, name, value }: DatabaseSetting): string {
  const whose =
    role === null ? `ALTER DATABASE ${database}` : `ALTER ROLE ${pg.escapeIdentifier(role)} IN DATABASE ${database}`;
  return `${whose} SET ${name
    .split('.')
    .map((part) => pg.escapeIdentifier(part))
    .join('.')} TO ${settingValue(name, value)}`;
}

/** Settings whose value is a list of names: quoted as one literal it would be one name (pg_dump: `variable_is_guc_list_quote`). */
const LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

function settingValue(name: string, value: string): string {
  if (!LISTS.has(name.toLowerCase())) return pg.escapeLiteral(value);
  const items = value.match(/"(?:[^"]|"")*"|[^,\s]+/g) ?? [];
  if (items.length === 0) return `''`;
  return items
    .map((item) => pg.escapeLiteral(item.startsWith('"') ? item.slice(1, -1).replaceAll('""', '"') : item))
    .join(', ');
}

/** What every database begins with. */
function usualGrants(owner: string): DatabaseGrant[] {
  return [
    ...['CONNECT', 'TEMPORARY'].map((privilege) => ({ grantee: null, privilege, isGrantable: false })),
    ...['CREATE', 'CONNECT', 'TEMPORARY'].map((privilege) => ({ grantee: owner, privilege, isGrantable: false })),
  ];
}

function applyGrants(database: string, { grants, owner }: DatabaseProperties): string[] {
  return [
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC, SESSION_USER, ${pg.escapeIdentifier(owner)}`,
    ...(grants ?? usualGrants(owner)).map(({ grantee, privilege, isGrantable }) => {
      const to = grantee === null ? 'PUBLIC' : pg.escapeIdentifier(grantee);
      return `GRANT ${privilege} ON DATABASE ${database} TO ${to}${isGrantable && grantee !== owner ? ' WITH GRANT OPTION' : ''}`;
    }),
  ];
}
