import type pg from 'pg';
import { present } from '../../optional/present';
import type { DatabaseStatements } from '../archive/database-entries';
import { CAPTURED, IDENTIFIER, unquoted } from '../server/identifiers';
import { isHindering } from './load-settings';
import { SqlScanner } from '../archive/whole-sql';

/** A setting in an archive, of a database or of one role in it. */
export interface ArchivedSetting {
  readonly name: string;
  /** Of one role; absent for all roles. */
  readonly role?: string;
  /** The value as SQL. */
  readonly value: string;
  /** The whole statement. */
  readonly sql: string;
}

const SETTING = new RegExp(
  `^ALTER (?:DATABASE ${IDENTIFIER}|ROLE ${CAPTURED} IN DATABASE ${IDENTIFIER}) SET ((?:${IDENTIFIER}|[A-Za-z_]\\w*)(?:\\.(?:${IDENTIFIER}|[A-Za-z_]\\w*))*) TO (.*);$`,
  's',
);

/** The statements about a database as a whole: those that make settings, and the others. */
export function settingsIn({ properties }: Pick<DatabaseStatements, 'properties'>): {
  readonly settings: readonly ArchivedSetting[];
  readonly others: readonly string[];
} {
  const settings: ArchivedSetting[] = [];
  const others: string[] = [];
  for (const sql of statementsIn(properties)) {
    const [, role, name, value] = SETTING.exec(sql) ?? [];
    if (name === undefined || value === undefined) others.push(sql);
    else
      settings.push({ ...{ name, value, sql }, ...present({ role: role === undefined ? undefined : unquoted(role) }) });
  }
  return { settings, others };
}

/** Statements, one after the other; each ends at the end of a line. */
function statementsIn(sql: string): string[] {
  const statements: string[] = [];
  let lines: string[] = [];
  // Outside of every string whenever a statement ends: one does for all.
  const scanner = new SqlScanner();
  for (const line of sql.split('\n')) {
    if (line === '' && lines.length === 0) continue;
    lines.push(line);
    if (!scanner.feed(`${line}\n`).isOutside || !line.endsWith(';')) continue;
    statements.push(lines.join('\n'));
    lines = [];
  }
  return lines.length === 0 ? statements : [...statements, lines.join('\n')];
}

/**
 * Settings of a backup for the sessions that load it into a database that keeps its own: those that it does not make itself.
 *
 * @param client connected to that database
 * @returns names and values
 */
export async function settingsForSession(
  client: pg.Client,
  settings: readonly ArchivedSetting[],
): Promise<Record<string, string>> {
  const own = await client.query<{ name: string }>(
    `SELECT pg_catalog.split_part(item, '=', 1) AS name
       FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) AS item
      WHERE d.datname = pg_catalog.current_database() AND s.setrole = 0`,
  );
  const kept = new Set(own.rows.map(({ name }) => name.toLowerCase()));
  const found: Record<string, string> = {};
  for (const { name, role, value } of settings) {
    const plain = name.replaceAll('"', '');
    if (role !== undefined || kept.has(plain.toLowerCase()) || isHindering(plain)) continue;
    await client.query(`SET ${name} TO ${value}`).then(
      async () => {
        const { rows } = await client.query<{ value: string }>('SELECT pg_catalog.current_setting($1) AS value', [
          plain,
        ]);
        found[plain] = rows[0]?.value ?? '';
      },
      // One that only a superuser may make, or that this server does not know.
      () => undefined,
    );
  }
  return found;
}
