import pg from 'pg';
import { type BackupReader, openBackup, verifyBackup } from '../engine/backup-reader';
import type { KeyRing } from '../engine/container/key-ring';
import { V1_STREAM } from '../engine/container/v1/v1-reader';
import { unpackFiles } from '../engine/files/unpack-files';
import { type DatabaseAddress, parseDatabaseUrl, withConnection, withDatabase } from '../engine/postgres/connection';
import { mentionedRoles } from '../engine/postgres/mentioned-roles';
import { createRoles, dropRoles, releaseRoles } from '../engine/postgres/placeholder-roles';
import { findTools, type PostgresTools } from '../engine/postgres/tools';
import { verifyRestored } from '../engine/postgres/verify-restored';
import { loadBackup } from '../engine/read-backup';
import { UsageError } from './exit-code';
import { withContainer } from './input-file';
import type { Output } from './output';

export interface RestoreOptions {
  /** URL of the database; one that is not there is made. */
  readonly to: string;
  /** `PGPASSWORD`, for a URL without one. */
  readonly password: string | undefined;
  readonly jobs: number;
  /** False: objects belong to the connecting role and nobody is granted anything. */
  readonly keepsOwners: boolean;
  /** A directory that is not there, for the application files. */
  readonly filesTo: string | undefined;
  readonly maintenanceDatabase: string;
}

/** What could not be made in the database, by name. */
interface LeftOutNames {
  readonly left_out_foreign_keys: readonly string[];
  readonly left_out_policies: readonly string[];
}

/**
 * Verifies a container, loads it into a new or empty database and compares the rows.
 *
 * @throws UsageError when there is something in the database already; ContainerError, ToolError, RestoreError, the driver's error
 */
export async function restore(path: string, keys: KeyRing, options: RestoreOptions, output: Output): Promise<void> {
  const address = {
    ...(options.password === undefined ? {} : { password: options.password }),
    ...parseDatabaseUrl(options.to),
  };
  await withContainer(path, async (source) => {
    await verifyBackup(source, keys, { onProgress: (done, total) => output.progress('verifying', done, total) });
    const reader = await openBackup(source, keys);
    if (options.filesTo !== undefined && !reader.index.includes_files) {
      throw new UsageError('the backup holds no application files');
    }
    const admin = withDatabase(address, options.maintenanceDatabase);
    const isMade = await withConnection(admin, (client) => createWhenMissing(client, address.database, reader));
    const tools = await withConnection(address, async (client) => {
      await refuseWhenFilled(client);
      const { rows } = await client.query<{ version: number }>(
        `SELECT current_setting('server_version_num')::int AS version`,
      );
      return findTools({ serverVersionNum: rows[0]?.version ?? 0 });
    });
    const { missing, leftOut } = await load(reader, tools, { address, options, output });
    const signal = new AbortController().signal;
    const compared = await withConnection(address, (client) => verifyRestored(client, reader.index, signal));
    if (options.filesTo !== undefined) await unpackFiles(reader.readStream('files'), options.filesTo);
    output.endProgress();
    output.result({ ok: true, database_created: isMade, ...compared, owned_by_restoring_role: missing, ...leftOut }, [
      `restored into ${address.database}${isMade ? ', which was made for it' : ''}`,
      reader.index.format === 1
        ? 'a version 1 backup does not say how many rows it has: look at the data'
        : `${compared.tables} tables with ${compared.rows} rows, as many as the backup counted`,
      ...(missing.length === 0
        ? []
        : [
            `the server does not have these roles: ${missing.join(', ')}`,
            `what they owned belongs to ${address.user}, their grants and policies are left out; to keep them, make the roles before`,
          ]),
      ...leftOutLines('foreign keys to tables that the backup does not hold', leftOut.left_out_foreign_keys),
      ...leftOutLines('policies for roles that the server does not have', leftOut.left_out_policies),
      ...(options.filesTo === undefined ? [] : [`application files in ${options.filesTo}`]),
    ]);
  });
}

/** @returns the roles of the backup that the server does not have, and what could not be made without them */
async function load(
  reader: BackupReader,
  tools: PostgresTools,
  { address, options, output }: { address: DatabaseAddress; options: RestoreOptions; output: Output },
): Promise<{ missing: string[]; leftOut: LeftOutNames }> {
  const signal = new AbortController().signal;
  const mentioned =
    reader.index.format === 1 ? await mentionedRoles(tools, reader.readStream(V1_STREAM), signal) : reader.index.roles;
  const { missing, mayMake } = await withConnection(address, (client) => missingRoles(client, mentioned));
  const keepsOwners = options.keepsOwners && (missing.length === 0 || mayMake);
  // Made for the time of loading, so that whatever mentions them can be loaded; what they own is handed over at the end.
  const made = keepsOwners ? missing : [];
  try {
    await withConnection(address, (client) => createRoles(client, made));
    const { foreignKeys, policies } = await loadBackup({
      reader,
      missingRoles: keepsOwners ? [] : missing,
      address,
      tools,
      ownership: keepsOwners ? 'keep' : 'leave out',
      jobs: options.jobs,
      signal,
      onProgress: ({ bytesDone, bytesTotal }) => output.progress('loading  ', bytesDone, bytesTotal),
    });
    return { missing, leftOut: { left_out_foreign_keys: foreignKeys, left_out_policies: policies } };
  } finally {
    if (made.length > 0) {
      await withConnection(address, async (client) => {
        await releaseRoles(client, made);
        await dropRoles(client, made);
      });
    }
  }
}

function leftOutLines(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`left out, ${what}: ${names.join(', ')}`];
}

/** @returns whether it was made */
async function createWhenMissing(admin: pg.Client, database: string, { index }: BackupReader): Promise<boolean> {
  const { rows } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  if (rows.length > 0) return false;
  const { encoding } = index.database;
  await admin.query(
    `CREATE DATABASE ${pg.escapeIdentifier(database)} TEMPLATE template0 ENCODING ${pg.escapeLiteral(encoding)}`,
  );
  return true;
}

async function refuseWhenFilled(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ relations: string }>(
    `SELECT count(*) AS relations FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')`,
  );
  if (rows[0]?.relations !== '0') {
    throw new UsageError('the database is not empty: name one that is not there, and it will be made');
  }
}

async function missingRoles(client: pg.Client, roles: readonly string[]) {
  const { rows } = await client.query<{ missing: string[]; may_make: boolean }>(
    `SELECT coalesce((SELECT array_agg(r ORDER BY r) FROM unnest($1::text[]) r
                       WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r)), '{}') AS missing,
            (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS may_make`,
    [roles],
  );
  return { missing: rows[0]?.missing ?? [], mayMake: rows[0]?.may_make === true };
}
