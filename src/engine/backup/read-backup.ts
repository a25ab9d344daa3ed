import type pg from 'pg';
import type { SessionSettings } from '../address/write-address';
import { DataLoad } from './load-data';
import { BuildProgress } from '../postgres/load/build-progress';
import type { ArchiveContents } from '../postgres/archive/archive';
import type { LoadPass } from '../postgres/archive/load-passes';
import { withConnection } from '../postgres/server/connection';
import { waitForCommits, withAsynchronousCommits } from '../postgres/load/asynchronous-commit';
import { type BackupSettings, backupSettings } from '../postgres/load/backup-settings';
import { readLoadSettings } from '../postgres/load/load-settings';
import { findLeftOut, type LeftOut, withIncomplete } from '../postgres/load/left-out';
import { LentRights } from '../postgres/load/lent-rights';
import { loadPasses, type PassResult } from '../postgres/load/load-schema';
import { giveMultiranges } from '../postgres/load/multirange-owners';
import { dropPublicSchema, lacksPublicSchema } from '../postgres/load/public-schema';
import { loadArchive } from '../postgres/load/pg-restore';
import { tablesToLoad } from '../postgres/rows/load-stream';
import { numbersIn } from '../postgres/archive/use-list';
import type { LoadOrder } from './load-order';
import { loadRows } from './load-rows';

/**
 * Loads a backup into an empty database: what must exist before the data, then all data streams side by side, with
 * indexes of large tables begun as soon as their rows are in, then the other indexes, constraints and triggers. Triggers
 * come after the rows, so none fires on loading. Then follow rights, materialized views, and last of all event triggers. It is on
 * the server's disk when this returns, not before.
 *
 * @returns what could not be made there
 * @throws ToolError when any statement fails, ContainerError when the container turns out to be damaged, or the signal's reason
 */
export async function loadBackup(order: LoadOrder): Promise<LeftOut> {
  const leftOut = await findLeftOut({ ...order, missingRoles: order.missingRoles ?? [] });
  const result = await load(order, leftOut.useList && new Set(numbersIn(leftOut.useList)));
  return withIncomplete(leftOut, result, order.archive);
}

/** What is known of the database before anything is loaded. */
interface Prepared {
  /** The same order; its sessions have what they need. */
  readonly order: LoadOrder;
  readonly ofBackup: BackupSettings;
  readonly areRightsNeeded: boolean;
  /** Of its sessions; without any, each commit waits for the disk as the server has it. */
  readonly commits: SessionSettings;
}

/** In one session, which is new: settings are read before others are tried in it. */
async function prepare(given: LoadOrder, lent: LentRights): Promise<Prepared> {
  const { address, archive, signal } = given;
  const look = async (client: pg.Client, commits: SessionSettings): Promise<Prepared> => {
    const own = await readLoadSettings(client, given.settingsOf, given.application);
    if (lacksPublicSchema(archive.reader.index)) await dropPublicSchema(client);
    const areRightsNeeded = await lent.areNeeded(client);
    const { whereMissing, always } = await backupSettings(client, archive);
    const ofBackup = { whereMissing, always: { ...always, ...commits } };
    return { order: withSettings(given, own, ofBackup), ofBackup, areRightsNeeded, commits };
  };
  return withAsynchronousCommits(address, look, signal);
}

function withSettings(order: LoadOrder, own: SessionSettings, { whereMissing, always }: BackupSettings): LoadOrder {
  return { ...order, settings: { ...whereMissing, ...order.settings, ...own, ...always } };
}

/**
 * @param wanted numbers of entries; without it all
 * @returns what could not be made, or not as the dump says
 */
async function load(given: LoadOrder, wanted: ReadonlySet<number> | undefined): Promise<PassResult> {
  const { archive, signal, onProgress } = given;
  const { index } = archive.reader;
  const streams = index.streams.filter(({ kind }) => kind === 'data' || kind === 'rows');
  const bytesTotal = streams.reduce((sum, { plain_size: size }) => sum + size, 0);
  onProgress({ phase: 'pre-data', bytesDone: 0, bytesTotal });
  const contents = await archive.contents();
  const { passes, routes, late, builds, guests } = contents;
  const isWanted = (id: number): boolean => wanted?.has(id) !== false;
  const lent = new LentRights(given.ownership === 'keep' ? guests.filter(({ id }) => isWanted(id)) : []);
  const prepared = await prepare(given, lent);
  const { order, definitions } = await loadDefinitions(prepared, contents, lent, isWanted);

  let bytesDone = 0;
  const tables = tablesToLoad(index);
  const toldTables = tables && (() => tables.view());
  const count = (bytes: number): void => {
    bytesDone += bytes;
    onProgress({ phase: 'data', bytesDone, bytesTotal, tables: toldTables });
  };
  const progress = new BuildProgress(builds, index.tables);
  let builtBytes = 0;
  const tellBuilt = (): void =>
    onProgress({ phase: 'post-data', bytesDone: builtBytes, bytesTotal: progress.bytesTotal });
  return progress.during(
    order.address,
    (bytes) => {
      builtBytes = bytes;
      // Indexes are begun before; as long as rows are loaded, these are what is told of.
      if (bytesDone >= bytesTotal) tellBuilt();
    },
    async () => {
      const built = await loadRows(order, late.length > 0, ({ sessions, into }) =>
        new DataLoad(order, sessions, streams, builds, routes, into, late, { onBytes: count, tables }).run(),
      );
      tellBuilt();
      const results = [definitions];
      for (const parts of AFTER_ROWS) {
        if (parts.includes('rights') && lent.areLent)
          await withConnection(order.address, (client) => lent.takeBack(client), signal);
        const loaded = parts.filter((pass) => pass !== 'rights' || order.ownership === 'keep');
        results.push(
          await loadPasses({
            ...{
              target: order,
              passes,
              parts: loaded,
              jobs: jobsFor(order, loaded, passes.of(loaded)),
              allowsIncomplete: order.allowsIncomplete === true,
            },
            isWanted: (id) => isWanted(id) && !built.has(id),
          }),
        );
      }
      if (Object.keys(prepared.commits).length > 0) await waitForCommits(order.address, signal);
      return {
        incomplete: results.flatMap(({ incomplete }) => incomplete),
        underOwnPath: results.flatMap(({ underOwnPath }) => underOwnPath),
      };
    },
    signal,
  );
}

/** Below both, connections and processes for work side by side cost more than they save. */
const MANY_ENTRIES = 300;
const MANY_BYTES = 32 * 1_048_576;
/** Of indexes and constraints: what is built over so little takes a fraction of a second. */
const MANY_BYTES_TO_INDEX = 8 * 1_048_576;

/** Connections at once for what comes after the rows. */
function jobsFor({ archive, jobs }: LoadOrder, parts: readonly LoadPass[], entries: readonly number[]): number {
  if (entries.length >= MANY_ENTRIES) return jobs;
  const bytes = archive.reader.index.tables.reduce((sum, table) => sum + table.bytes, 0);
  return bytes < (parts.includes('post-data') ? MANY_BYTES_TO_INDEX : MANY_BYTES) ? 1 : jobs;
}

/** @returns the order with the settings that hold from now on, and how the definitions were made */
async function loadDefinitions(
  { order, ofBackup, areRightsNeeded }: Prepared,
  { passes, schemas: all, ranges }: ArchiveContents,
  lent: LentRights,
  isWanted: (id: number) => boolean,
): Promise<{ order: LoadOrder; definitions: PassResult }> {
  const { address, ownership, settingsOf, application, signal } = order;
  const schemas: ReadonlySet<number> = areRightsNeeded ? all : new Set();
  if (areRightsNeeded) {
    await loadArchive(order, passes.part(['pre-data'], (id) => isWanted(id) && schemas.has(id))());
    await withConnection(address, (client) => lent.lend(client), signal);
  }
  // A generated column or a partition key is planned when its table is made: it may need the database's own path, too.
  const definitions = await loadPasses({
    ...{ target: order, passes, parts: ['pre-data'], jobs: 1, allowsIncomplete: false },
    isWanted: (id) => isWanted(id) && !schemas.has(id),
  });
  const hasRanges = ownership === 'keep' && ranges.some(isWanted);
  // Now that its schemas are there, the search path is known for certain.
  const look = async (client: pg.Client): Promise<SessionSettings> => {
    if (hasRanges) await giveMultiranges(client);
    return readLoadSettings(client, settingsOf, application);
  };
  return { order: withSettings(order, await withConnection(address, look, signal), ofBackup), definitions };
}

/** The passes after the rows. Each row of this table is one `pg_restore`; between two of them something else is done. */
const AFTER_ROWS: readonly (readonly LoadPass[])[] = [['post-data'], ['rights', 'views'], ['event triggers']];
