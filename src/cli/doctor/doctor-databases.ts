import type pg from 'pg';
import { type DatabaseAddress, withDatabase } from '../../engine/address/database-address';
import { withConnection } from '../../engine/postgres/server/connection';
import { sharesSessions } from '../../engine/postgres/server/pooling';
import { SUPERUSER_WARNING } from '../../engine/postgres/server/superuser';
import { findTools, ToolVersionError } from '../../engine/postgres/server/tools';
import type { AppConfig } from '../../kernel/config/config';
import { compareControlWithTarget } from '../../kernel/database/database-identity';
import type { Diagnosis } from './diagnosis';
import { checkNewDatabases, checkPasswordFile, codeOf, unreachable } from './doctor-access';
import { checkConnections, checkReadable } from './doctor-target-rights';

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
    const found = await withConnection(address, (client) => serverTime(client)).catch((error: unknown) => {
      if (codeOf(error) !== '3D000') throw error;
    });
    if (found === undefined) {
      // It is made at the start; what matters is that the server is there.
      const { now, mayCreate } = await withConnection(withDatabase(address, 'postgres'), async (client) => ({
        now: await serverTime(client),
        mayCreate: await mayCreateDatabases(client),
      }));
      return [
        mayCreate
          ? { check, state: 'ok', message: 'is not there yet, and is made at the start' }
          : {
              check,
              state: 'problem',
              message: 'is not there, and the role may not make it',
              advice: 'CREATE DATABASE … OWNER …, or ALTER ROLE … CREATEDB',
            },
        clockDiagnosis('clock and control database', now),
      ];
    }
    const { control, target, restore } = config;
    const databases = { control, target, maintenanceDatabase: restore.maintenanceDatabase };
    if ((await compareControlWithTarget(databases)) === 'same') {
      return [
        {
          check,
          state: 'problem',
          message: 'it is the target database',
          advice: 'give the service a database of its own: a restore would replace its catalogue',
        },
      ];
    }
    const unwritable = await checkWritable(check, address);
    if (unwritable !== undefined) return [unwritable];
    return [{ check, state: 'ok', message: 'can be reached' }, clockDiagnosis('clock and control database', found)];
  } catch (error) {
    return [unreachable(check, error, 'BERKUT_BACKUP_CONTROL_DB_URL'), ...checkPasswordFile(check, config.control)];
  }
}

/** The catalogue is written by pooled sessions, which are as the role has them. */
async function checkWritable(check: string, control: DatabaseAddress): Promise<Diagnosis | undefined> {
  const found = await withConnection(control, async (client) => {
    const { rows } = await client.query<{ is_standby: boolean; is_read_only: boolean; lacks_room: boolean }>(
      `SELECT pg_is_in_recovery() AS is_standby,
              to_regclass('migrations') IS NULL
                AND NOT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS lacks_room,
              (SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only') AS is_read_only`,
    );
    return rows[0];
  });
  if (found?.is_standby === true) {
    const advice = 'name the primary, or several hosts';
    return { check, state: 'problem', message: 'the server is a standby: nothing can be written', advice };
  }
  if (found?.is_read_only === false && found.lacks_room) {
    const message = 'has no tables yet, and the role may not make them in the schema public';
    return {
      check,
      state: 'problem',
      message,
      advice: 'ALTER DATABASE … OWNER TO …, or GRANT CREATE ON SCHEMA public',
    };
  }
  if (found?.is_read_only !== true) return undefined;
  return {
    check,
    state: 'problem',
    message: 'sessions of the role only read by default (default_transaction_read_only)',
    advice: 'ALTER ROLE … SET default_transaction_read_only = off, or options=-c%20default_transaction_read_only%3Doff',
  };
}

async function checkTarget(config: AppConfig): Promise<Diagnosis[]> {
  const check = 'target';
  const address = config.target;
  try {
    const maintenance = withDatabase(address, config.restore.maintenanceDatabase);
    const row = await withConnection(maintenance, (client) => targetRow(client, address.database));
    if (!row.database_exists) {
      return [{ check, state: 'problem', message: 'the server does not have the database of BERKUT_DB_URL' }];
    }
    return [
      { check, state: 'ok', message: `PostgreSQL ${row.version}` },
      clockDiagnosis('clock and target', row.now),
      await checkTools(config, row.version_num),
      ...rightsOf(row, config),
      ...(await checkReadable(address)),
      ...(await checkConnections(address, config.jobs)),
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
    return { check, state: 'ok', message: `pg_dump ${tools.versionText}` };
  } catch (error) {
    if (!(error instanceof ToolVersionError)) throw error;
    return { check, state: 'problem', message: error.message };
  }
}

function rightsOf(row: TargetRow, { restore }: AppConfig): Diagnosis[] {
  const check = 'rights';
  if (row.is_superuser) {
    return [
      {
        check,
        state: 'warning',
        message: SUPERUSER_WARNING,
        advice: 'use the role of docs/install.md, which may do what backups and restores need and no more',
      },
    ];
  }
  const wanted: readonly (readonly [has: boolean, state: 'problem' | 'warning', message: string, advice: string])[] = [
    [row.owns_target, 'problem', 'the role does not own the target', 'ALTER DATABASE … OWNER TO …'],
    [
      row.may_create || restore.strategy === 'in_place',
      'warning',
      'the role may not make databases: restores go in place, and backups cannot be rehearsed',
      'ALTER ROLE … CREATEDB',
    ],
    [
      row.may_end_sessions,
      'problem',
      'the role may not end the sessions of the target’s owner, which a restore finds there',
      'GRANT the owner’s role to it, or pg_signal_backend',
    ],
    [
      row.may_make_roles,
      'warning',
      'the role may not make roles: without those that a backup mentions, owners and grants are left out',
      'ALTER ROLE … CREATEROLE, or make the roles before a restore',
    ],
    [
      !row.is_standby,
      'warning',
      'the server is a standby: backups can be made, restores and rehearsals cannot',
      'let BERKUT_DB_URL name the primary, or several hosts with target_session_attrs=read-write',
    ],
    [
      !row.is_read_only,
      'warning',
      'sessions of the role only read by default (default_transaction_read_only); the service lifts that for its own',
      'nothing has to be done unless another program uses the role',
    ],
    [
      row.limits === null,
      'warning',
      `the role has time limits (${String(row.limits)}); the service lifts them for its own sessions`,
      'nothing has to be done unless another program uses the role',
    ],
  ];
  const missing = wanted.flatMap(([has, state, message, advice]) => (has ? [] : [{ check, state, message, advice }]));
  return missing.length === 0 ? [{ check, state: 'ok', message: 'the role may do what a restore needs' }] : missing;
}

async function checkPooling({ target }: AppConfig): Promise<Diagnosis> {
  const check = 'sessions';
  try {
    if (!(await sharesSessions(target))) return { check, state: 'ok', message: 'are our own' };
  } catch (error) {
    return unreachable(check, error, 'BERKUT_DB_URL');
  }
  return {
    check,
    state: 'problem',
    message: 'a proxy in front of the target shares sessions between clients (transaction pooling)',
    advice: 'let BERKUT_DB_URL name the server itself, or a pool in session mode',
  };
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
  if (apartMs <= CLOCK_TOLERANCE_MS) return { check, state: 'ok', message: 'agree' };
  return {
    check,
    state: 'warning',
    message: `are ${Math.round(apartMs / 1000)} s apart`,
    advice: 'let both machines keep time by NTP: due times and tokens go by this one’s',
  };
}
