import { createHash } from 'node:crypto';
import pg from 'pg';
import { DataSource, type DataSourceOptions, type MigrationInterface } from 'typeorm';
import { type DatabaseAddress, withDatabase } from '../../engine/address/database-address';
import { APPLICATION_NAME, CONNECT_TIMEOUT_S } from '../../engine/address/write-address';
import { NO_SUCH_DATABASE, serverErrorOf } from '../../engine/postgres/server/connection-error';
import { ServerClient } from '../../engine/postgres/server/server-client';
import { Backups1764000000001 } from './migrations/1764000000001-backups';
import { Audit1764000000002 } from './migrations/1764000000002-audit';
import { Plan1764000000003 } from './migrations/1764000000003-plan';
import { Counters1764000000004 } from './migrations/1764000000004-counters';
import { Notices1764000000005 } from './migrations/1764000000005-notices';
import { FileVersions1764000000020 } from './migrations/1764000000020-file-versions';
import { AuditIntents1764000000021 } from './migrations/1764000000021-audit-intents';
import { Retention1764000000030 } from './migrations/1764000000030-retention';
import { AuditSigningKeys1764000000040 } from './migrations/1764000000040-audit-signing-keys';
import { NoticeOrder1764000000041 } from './migrations/1764000000041-notice-order';
import { LookedUp1764000000050 } from './migrations/1764000000050-looked-up';
import { Leftovers1764100000100 } from './migrations/1764100000100-leftovers';
import { ErrorCauses1764100000101 } from './migrations/1764100000101-error-causes';
import { Schedules1764100000500 } from './migrations/1764100000500-schedules';
import { ToldOutcomes1764100000501 } from './migrations/1764100000501-told-outcomes';
import { RehearsedSources1764100000600 } from './migrations/1764100000600-rehearsed-sources';
import { IntentMacs1764100000601 } from './migrations/1764100000601-intent-macs';
import { AuditKeyStarts1764100000602 } from './migrations/1764100000602-audit-key-starts';
import { AlertCauses1764100000900 } from './migrations/1764100000900-alert-causes';
import { RetentionFailure1764100000901 } from './migrations/1764100000901-retention-failure';
import { BackupFiles1764200000000 } from './migrations/1764200000000-backup-files';
import { VerifiedCopies1764300000000 } from './migrations/1764300000000-verified-copies';
import { FilesRead1764400000000 } from './migrations/1764400000000-files-read';
import { FirstError1764500000000 } from './migrations/1764500000000-first-error';
import { StoragePauses1764510000000 } from './migrations/1764510000000-storage-pauses';
import { OnlineRestores1764600000000 } from './migrations/1764600000000-online-restores';
import { RestoresInto1764600000001 } from './migrations/1764600000001-restores-into';
import { KeptRehearsals1764600000002 } from './migrations/1764600000002-kept-rehearsals';
import { RestoresOfTables1764700000100 } from './migrations/1764700000100-restores-of-tables';
import { RehearsalComparisons1764700000101 } from './migrations/1764700000101-rehearsal-comparisons';
import { FirstExpiry1764720000000 } from './migrations/1764720000000-first-expiry';
import { RowCounts1764730000000 } from './migrations/1764730000000-row-counts';
import { FileFaults1764100002000 } from './migrations/1764100002000-file-faults';

/** Every migration of the control database, oldest first. Never edited once released; a change is a new one. */
const migrations: (new () => MigrationInterface)[] = [
  Backups1764000000001,
  Audit1764000000002,
  Plan1764000000003,
  Counters1764000000004,
  Notices1764000000005,
  FileVersions1764000000020,
  AuditIntents1764000000021,
  Retention1764000000030,
  AuditSigningKeys1764000000040,
  NoticeOrder1764000000041,
  LookedUp1764000000050,
  Leftovers1764100000100,
  ErrorCauses1764100000101,
  Schedules1764100000500,
  ToldOutcomes1764100000501,
  RehearsedSources1764100000600,
  IntentMacs1764100000601,
  AuditKeyStarts1764100000602,
  AlertCauses1764100000900,
  RetentionFailure1764100000901,
  FileFaults1764100002000,
  BackupFiles1764200000000,
  VerifiedCopies1764300000000,
  FilesRead1764400000000,
  FirstError1764500000000,
  StoragePauses1764510000000,
  OnlineRestores1764600000000,
  RestoresInto1764600000001,
  KeptRehearsals1764600000002,
  RestoresOfTables1764700000100,
  RehearsalComparisons1764700000101,
  FirstExpiry1764720000000,
  RowCounts1764730000000,
];

/** `duplicate_database` and `unique_violation`: what a replica gets that creates the database a moment after another one did. */
const ALREADY_THERE = new Set(['42P04', '23505']);

/** Key of the advisory lock under which replicas create and migrate, one at a time. */
const MIGRATION_LOCK = createHash('sha256').update('berkut-scc-backups/migrations').digest().readInt32BE(0);

/** Connection settings of the control database, for the service and for the TypeORM command line. */
export function controlDataSourceOptions(
  control: DatabaseAddress,
  { connections = 10 } = {},
): DataSourceOptions & { type: 'postgres' } {
  return {
    type: 'postgres',
    // For TypeORM's own books; the connections are those of the client below.
    database: control.database,
    applicationName: APPLICATION_NAME,
    synchronize: false,
    migrationsRun: false,
    migrations,
    extra: { Client: ServerClient, address: control, max: connections, connectionTimeoutMillis: patienceMs(control) },
  };
}

/** Waiting for a place in the pool and for all servers of the address. */
function patienceMs({ places, connectTimeoutS = CONNECT_TIMEOUT_S }: DatabaseAddress): number {
  return connectTimeoutS === 0 ? 0 : places.length * connectTimeoutS * 1000;
}

/**
 * Creates the control database when it is missing and brings its schema up to date. Safe to run on several replicas at once.
 *
 * @param control the address of the control database
 * @throws the driver's error when the server cannot be reached or refuses
 */
export async function prepareControlDatabase(control: DatabaseAddress): Promise<void> {
  const lock = await openOrCreate(control);
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const dataSource = await new DataSource(controlDataSourceOptions(control)).initialize();
    try {
      await dataSource.runMigrations();
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await lock.end();
  }
}

/** A connection to the control database, which is made when it is missing. */
async function openOrCreate(control: DatabaseAddress): Promise<pg.Client> {
  try {
    return await open(control);
  } catch (error) {
    if (codeOf(error) !== NO_SUCH_DATABASE) throw error;
  }
  const admin = await open(withDatabase(control, 'postgres'));
  try {
    await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(control.database)} TEMPLATE template0 ENCODING 'UTF8'`);
  } catch (error) {
    if (!ALREADY_THERE.has(codeOf(error) ?? '')) throw error;
  } finally {
    await admin.end();
  }
  return open(control);
}

async function open(address: DatabaseAddress): Promise<pg.Client> {
  const client = new ServerClient({ address });
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return serverErrorOf(error)?.code;
}
