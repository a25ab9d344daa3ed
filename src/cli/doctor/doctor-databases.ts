import type pg from 'pg';
import { type DatabaseAddress, withDatabase } from '../../engine/address/database-address';
import { type Finding, problem, warning } from '../../engine/findings/finding';
import { withConnection } from '../../engine/postgres/server/connection';
import { NO_SUCH_DATABASE } from '../../engine/postgres/server/connection-error';
import { sharesSessions } from '../../engine/postgres/server/pooling';
import { findTools, ToolVersionError } from '../../engine/postgres/server/tools';
import type { AppConfig } from '../../kernel/config/config';
import { compareControlWithTarget } from '../../kernel/database/database-identity';
import { type Diagnosis, found, ok } from './diagnosis';
import { checkNewDatabases, checkPasswordFile, codeOf, unreachable } from './doctor-access';
import { checkConnections, checkReadable, checkReaders } from './doctor-target-rights';

/** Tokens and due times go by this machine's clock, row times by the servers'. */
const CLOCK_TOLERANCE_MS = 5_000;

interface TargetRow {
  version_num: number;
  version: string;
  now: Date;
  database_exists: boolean;
  is_superuser: boolean;
  may_create: boolean;
  may_make_roles: boolean;
  owns_target: boolean;
  may_end_sessions: boolean;
  is_standby: boolean;
  is_read_only: boolean;
  limits: string | null;
}

/** Whether both databases can be reached and used, by us and by PostgreSQL's programs. */
export async function checkDatabases(config: AppConfig): Promise<Diagnosis[]> {
  return [...(await checkControl(config)), ...(await checkTarget(config))];
}

async function checkControl(config: AppConfig): Promise<Diagnosis[]> {
  const check = 'control database';
  try {
    const address = config.control;
    const time = await withConnection(address, (client) => serverTime(client)).catch((error: unknown) => {
      if (codeOf(error) !== NO_SUCH_DATABASE) throw error;
    });
    if (time === undefined) {
      // It is made at the start; what matters is that the server is there.
      const { now, mayCreate } = await withConnection(withDatabase(address, 'postgres'), async (client) => ({
        now: await serverTime(client),
        mayCreate: await mayCreateDatabases(client),
      }));
      return [
        mayCreate ? ok(check, 'is not there yet, and is made at the start') : found(check, problem('control.missing')),
        clockDiagnosis('clock and control database', now),
      ];
    }
    const { control, target, restore } = config;
    const databases = { control, target, maintenanceDatabase: restore.maintenanceDatabase };
    if ((await compareControlWithTarget(databases)) === 'same') {
      return [found(check, problem('control.is_target'))];
    }
    const unwritable = await unwritableFor(address);
    if (unwritable !== undefined) return [found(check, unwritable)];
    return [ok(check, 'can be reached'), clockDiagnosis('clock and control database', time)];
  } catch (error) {
    return [unreachable(check, error, 'BERKUT_BACKUP_CONTROL_DB_URL'), ...checkPasswordFile(check, config.control)];
  }
}

/** The catalogue is written by pooled sessions, which are as the role has them. */
async function unwritableFor(control: DatabaseAddress): Promise<Finding | undefined> {
  const row = await withConnection(control, async (client) => {
    const { rows } = await client.query<{ is_standby: boolean; is_read_only: boolean; lacks_room: boolean }>(
      `SELECT pg_is_in_recovery() AS is_standby,
              to_regclass('migrations') IS NULL
                AND NOT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS lacks_room,
              (SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only') AS is_read_only`,
    );
    return rows[0];
  });
  if (row?.is_standby === true) return problem('control.standby');
  if (row?.is_read_only === true) return problem('control.read_only');
  return row?.is_read_only === false && row.lacks_room ? problem('control.no_tables') : undefined;
}

async function checkTarget(config: AppConfig): Promise<Diagnosis[]> {
  const check = 'target';
  const address = config.target;
  try {
    const maintenance = withDatabase(address, config.restore.maintenanceDatabase);
    const row = await withConnection(maintenance, (client) => targetRow(client, address.database));
    if (!row.database_exists) {
      return [found(check, problem('target.missing'))];
    }
    return [
      ok(check, `PostgreSQL ${row.version}`),
      clockDiagnosis('clock and target', row.now),
      await checkTools(config, row.version_num),
      ...rightsOf(row, config),
      ...(await checkReadable(address)),
      ...(await checkConnections(address, config.jobs)),
      ...(await checkReaders(address, config.restore.scratchReaders)),
      await checkPooling(config),
      ...(row.may_create && config.restore.strategy !== 'in_place' ? await checkNewDatabases(address) : []),
    ];
  } catch (error) {
    return [unreachable(check, error, 'BERKUT_DB_URL'), ...checkPasswordFile(check, address)];
  }
}

async function checkTools({ pgDumpBin }: AppConfig, serverVersionNum: number): Promise<Diagnosis> {
  const check = 'tools';
  try {
    const tools = await findTools({
      serverVersionNum,
      mustLoad: true,
      pgDumpBin,
    });
    return ok(check, `pg_dump ${tools.versionText}`);
  } catch (error) {
    if (!(error instanceof ToolVersionError)) throw error;
    return found(check, problem('tools.unusable', { reason: error.message }));
  }
}

function rightsOf(row: TargetRow, { restore }: AppConfig): Diagnosis[] {
  const check = 'rights';
  if (row.is_superuser) return [found(check, warning('role.superuser'))];
  const wanted: readonly (readonly [has: boolean, otherwise: Finding])[] = [
    [row.owns_target, problem('role.does_not_own_target')],
    [row.may_create || restore.strategy === 'in_place', warning('role.in_place_only')],
    [row.may_end_sessions, problem('role.cannot_end_sessions')],
    [row.may_make_roles, warning('role.cannot_make_roles')],
    [!row.is_standby, warning('server.standby_for_backups')],
    [!row.is_read_only, warning('role.read_only')],
    [row.limits === null, warning('role.time_limits', { limits: row.limits ?? '' })],
  ];
  const missing = wanted.flatMap(([has, otherwise]) => (has ? [] : [found(check, otherwise)]));
  return missing.length === 0 ? [ok(check, 'the role may do what a restore needs')] : missing;
}

async function checkPooling({ target }: AppConfig): Promise<Diagnosis> {
  const check = 'sessions';
  try {
    if (!(await sharesSessions(target))) return ok(check, 'are our own');
  } catch (error) {
    return unreachable(check, error, 'BERKUT_DB_URL');
  }
  return found(check, problem('sessions.shared'));
}

async function targetRow(client: pg.Client, database: string): Promise<TargetRow> {
  const { rows } = await client.query<TargetRow>(
    `SELECT current_setting('server_version_num')::int AS version_num, current_setting('server_version') AS version,
            clock_timestamp() AS now, d.oid IS NOT NULL AS database_exists, r.rolsuper AS is_superuser,
            r.rolcreatedb AS may_create, r.rolcreaterole AS may_make_roles,
            d.oid IS NOT NULL AND pg_has_role(d.datdba, 'USAGE') AS owns_target,
            pg_has_role('pg_signal_backend', 'USAGE') OR d.oid IS NOT NULL AND pg_has_role(d.datdba, 'USAGE') AS may_end_sessions,
            pg_is_in_recovery() AS is_standby,
            (SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only') AS is_read_only,
            (SELECT string_agg(c, ', ') FROM unnest(r.rolconfig) c
              WHERE c ~ '^(statement_timeout|idle_in_transaction_session_timeout|idle_session_timeout)=') AS limits
       FROM pg_roles r LEFT JOIN pg_database d ON d.datname = $1
      WHERE r.rolname = current_user`,
    [database],
  );
  const row = rows[0];
  if (row === undefined) throw new Error('the server does not list our role');
  return row;
}

async function mayCreateDatabases(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    'SELECT rolsuper OR rolcreatedb AS may FROM pg_roles WHERE rolname = current_user',
  );
  return rows[0]?.may === true;
}

async function serverTime(client: pg.Client): Promise<Date> {
  const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return rows[0]?.now ?? new Date(0);
}

function clockDiagnosis(check: string, serverNow: Date): Diagnosis {
  const apartMs = Math.abs(Date.now() - serverNow.getTime());
  if (apartMs <= CLOCK_TOLERANCE_MS) return ok(check, 'agree');
  return found(check, warning('clock.apart', { seconds: Math.round(apartMs / 1000) }));
}
