import { access } from 'node:fs/promises';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { openBackup, verifyBackup } from '../../engine/backup/open-backup';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { FilesReport, notesAboutFiles } from '../../engine/files/files-report';
import { removeTree } from '../../engine/files/remove-tree';
import { unpackFiles } from '../../engine/files/unpack-files';
import type { DatabaseAddress } from '../../engine/address/database-address';
import type { Surroundings } from '../../engine/address/parameters';
import { parseDatabaseUrl } from '../../engine/address/parse-database-url';
import type { SessionSettings } from '../../engine/address/write-address';
import { withConnection } from '../../engine/postgres/server/connection';
import { settingsForSession, settingsIn } from '../../engine/postgres/load/database-settings';
import type { LeftOut } from '../../engine/postgres/load/left-out';
import { type DatabaseStatements, databaseStatements } from '../../engine/postgres/archive/database-entries';
import { Archive } from '../../engine/postgres/archive/archive';
import { refuseNewerArchive } from '../../engine/postgres/archive/archive-version';
import { findTools, type PostgresTools } from '../../engine/postgres/server/tools';
import { CountedRows } from '../../engine/postgres/rows/counted-rows';
import { verifyRestored } from '../../engine/postgres/check/verify-restored';
import { verifyViews } from '../../engine/postgres/check/verify-views';
import { loadBackup } from '../../engine/backup/read-backup';
import { counted } from '../terminal/counted';
import { UsageError } from '../terminal/exit-code';
import { withContainer } from '../terminal/input-file';
import type { Output } from '../terminal/output';
import {
  applyDatabaseSettings,
  applyDatabaseStatements,
  dropMade,
  openTarget,
  type RestoreTarget,
} from './restore-database';
import { notesOn } from './restore-notes';
import { findMissingRoles, loadRoleFor, rolesOf, withRoles } from './restore-roles';

export interface RestoreOptions {
  /** URL of the database; one that is not there is made. */
  readonly to: string;
  /** What stands in for the parts that the URL leaves out. */
  readonly surroundings: Surroundings;
  readonly jobs: number;
  /** False: objects belong to the connecting role and no rights are granted. */
  readonly keepsOwners: boolean;
  /** A directory that is not there, for the application files. */
  readonly filesTo: string | undefined;
  readonly maintenanceDatabase: string;
  /** What the database refuses is left out and named. */
  readonly allowsIncomplete: boolean;
  /** A `pg_dump` chosen by the administrator; the other programs lie beside it. */
  readonly pgDumpBin?: string | undefined;
  readonly signal: AbortSignal;
}

/** What people read of the phases of loading. */
const PHASES = { 'pre-data': 'loading rows', data: 'loading rows', 'post-data': 'building indexes' } as const;

/** What has been loaded, and what not. */
interface Loaded {
  /** Roles of the backup that the server does not have. */
  readonly missingRoles: readonly string[];
  /** In words. */
  readonly leftOut: readonly string[];
  /** About settings, views and subscriptions, in words. */
  readonly notes: readonly string[];
  readonly compared: { readonly tables: number; readonly rows: number };
}

/**
 * Verifies a container, loads it into a new or empty database and compares the rows. When it fails, a database that it has
 * made is gone again, and so are the roles and the files.
 *
 * @throws UsageError when there is something in the database already; ContainerError, ToolError, RestoreError, the driver's
 *   error, or the signal's reason
 */
export async function restore(path: string, keys: KeyRing, options: RestoreOptions, output: Output): Promise<void> {
  const { signal } = options;
  const address = parseDatabaseUrl(options.to, options.surroundings);
  await withContainer(path, async (source) => {
    await verifyBackup(source, keys, {
      signal,
      onProgress: (done, total) => output.progress('verifying', done, total),
    });
    const reader = await openBackup(source, keys);
    const archive = new Archive(reader, signal);
    await refuseBadFilesTo(options.filesTo, reader);
    const target = await openTarget(address, options.maintenanceDatabase, {
      signal,
      createOptions: async () => (await statementsOf(archive, address.database)).createOptions,
      encoding: reader.index.database.encoding,
    });
    try {
      const { pgDumpBin } = options;
      const tools = await findTools({
        mustLoad: true,
        serverVersionNum: target.serverVersionNum,
        pgDumpBin,
      });
      refuseNewerArchive(reader.index, tools);
      const files = new FilesReport();
      if (options.filesTo !== undefined) {
        const size = reader.index.streams.find(({ name }) => name === 'files')?.plain_size ?? 0;
        const told = counted(reader.readStream('files', { signal }), (bytes) =>
          output.progress('unpacking files', bytes, size),
        );
        await unpackFiles(told, options.filesTo, { signal, report: files });
      }
      const loaded = await load(archive, tools, { address, target, options, output });
      const notes = [
        ...target.notes,
        ...loaded.notes,
        ...(await applyRest(archive, { address, target, options, loaded })),
        ...(options.filesTo === undefined ? [] : [...notesAboutFiles(reader.index.not_included), ...files.lines()]),
      ];
      report(reader, { address, target, options, loaded, notes }, output);
    } catch (error) {
      await orNote(output, () => dropMade(address, options.maintenanceDatabase, target));
      const { filesTo } = options;
      if (filesTo !== undefined) await orNote(output, () => removeTree(filesTo));
      throw error;
    }
  });
}

/** Found out before hours of loading, not after them. */
async function refuseBadFilesTo(filesTo: string | undefined, { index }: BackupReader): Promise<void> {
  if (filesTo === undefined) return;
  if (!index.includes_files) throw new UsageError('the backup holds no application files');
  const isThere = await access(filesTo).then(
    () => true,
    () => false,
  );
  if (isThere) throw new UsageError(`${filesTo} is there already: name a directory that is not, and it will be made`);
}

async function load(
  archive: Archive,
  tools: PostgresTools,
  order: { address: DatabaseAddress; target: RestoreTarget; options: RestoreOptions; output: Output },
): Promise<Loaded> {
  const { address, target, options, output } = order;
  const { signal } = options;
  const roles = await rolesOf(archive);
  const { missing, mayMake } = await findMissingRoles(address, roles.all);
  const keepsOwners = options.keepsOwners && (missing.length === 0 || mayMake);
  // Made for the time of loading, so that whatever mentions them can be loaded; what they own is handed over at the end.
  const placeholders = keepsOwners ? missing : [];
  const statements = await statementsOf(archive, address.database);
  const { settings, notes } = await settingsFor(address, statements, { isMade: target.isMade, missing });
  const counted = new CountedRows();
  const leftOut = await withRoles(address, { ...roles, all: placeholders }, output, () =>
    loadBackup({
      archive,
      missingRoles: keepsOwners ? [] : missing,
      address,
      tools,
      ownership: keepsOwners ? 'keep' : 'leave out',
      settings,
      application: statements.owner,
      jobs: options.jobs,
      loadRole: loadRoleFor(output),
      counted,
      allowsIncomplete: options.allowsIncomplete,
      signal,
      onProgress: ({ phase, bytesDone, bytesTotal }) => output.progress(PHASES[phase], bytesDone, bytesTotal),
    }),
  );
  const { compared, views } = await withConnection(
    address,
    async (client) => ({
      compared: await verifyRestored(client, archive.reader.index, signal, { counted }),
      views: await verifyViews({ client, archive, leftOut, signal }),
    }),
    signal,
  );
  return {
    missingRoles: missing,
    leftOut: inWords(leftOut),
    notes: [...notes, ...notesOn(leftOut, views)],
    compared: { ...compared, ...views },
  };
}

/** Those of the backup hold while it is loaded, also in a database that keeps its own. */
async function settingsFor(
  address: DatabaseAddress,
  statements: DatabaseStatements,
  { isMade, missing }: { readonly isMade: boolean; readonly missing: readonly string[] },
): Promise<{ settings: SessionSettings; notes: readonly string[] }> {
  if (isMade) return { settings: {}, notes: await applyDatabaseSettings(address, statements, missing) };
  const archived = settingsIn(statements).settings;
  const settings = await withConnection(address, (client) => settingsForSession(client, archived));
  const names = Object.keys(settings).sort().join(', ');
  const note = `the database was there and keeps its own settings; these of the backup held only while it was loaded: ${names}`;
  return { settings, notes: names === '' ? [] : [note] };
}

function inWords({ foreignKeys, policies, userMappings, incomplete = [] }: LeftOut): string[] {
  return [
    ...incomplete.map((name) => `${name}, which the database refused`),
    ...foreignKeys.map((name) => `foreign key ${name}, whose rows are not all there`),
    ...policies.map((name) => `policy ${name}, for a role that is missing`),
    ...userMappings.map((name) => `user mapping ${name}, for a role that is missing`),
  ];
}

/** @returns what could not be done, in words */
async function applyRest(
  archive: Archive,
  order: { address: DatabaseAddress; target: RestoreTarget; options: RestoreOptions; loaded: Loaded },
): Promise<string[]> {
  const { address, target, options, loaded } = order;
  // A database that the operator made keeps the properties that the operator gave it.
  if (!target.isMade) return [];
  return applyDatabaseStatements(address, await statementsOf(archive, address.database), {
    missingRoles: loaded.missingRoles,
    grants: options.keepsOwners,
  });
}

async function statementsOf(archive: Archive, database: string): Promise<DatabaseStatements> {
  return databaseStatements((await archive.contents()).ofDatabase, database);
}

function report(
  reader: BackupReader,
  what: {
    address: DatabaseAddress;
    target: RestoreTarget;
    options: RestoreOptions;
    loaded: Loaded;
    notes: readonly string[];
  },
  output: Output,
): void {
  const { address, target, options, loaded, notes } = what;
  const { missingRoles, leftOut, compared } = loaded;
  const areFilesLeft = reader.index.includes_files && options.filesTo === undefined;
  output.result(
    {
      ok: true,
      database_created: target.isMade,
      ...compared,
      owned_by_restoring_role: missingRoles,
      left_out: leftOut,
      files_restored: options.filesTo !== undefined,
      notes,
    },
    [
      `restored into ${address.database}${target.isMade ? ', which was made for it' : ''}`,
      reader.isListed
        ? `${compared.tables} tables with ${compared.rows} rows, as many as the backup counted`
        : 'a version 1 backup does not say how many rows it has: look at the data',
      ...(missingRoles.length === 0
        ? []
        : [
            `the server does not have these roles: ${missingRoles.join(', ')}`,
            `what they owned belongs to ${address.user}, their grants and policies are gone; to keep them, make the roles before`,
          ]),
      ...leftOut.map((entry) => `left out: ${entry}`),
      ...notes,
      ...(options.filesTo === undefined ? [] : [`application files in ${options.filesTo}`]),
      ...(areFilesLeft ? ['the application files of the backup were not restored: --files-to takes them'] : []),
    ],
  );
}

/** For what comes after a failure: it must not hide why. */
async function orNote(output: Output, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    output.note(`could not clean up: ${error instanceof Error ? error.message : 'unknown reason'}`);
  });
}
