import { DataLoad } from './load-data';
import { BuildProgress } from '../postgres/load/build-progress';
import type { ArchiveContents } from '../postgres/archive/archive';
import type { ArchiveEntry } from '../postgres/archive/archive-toc';
import type { LoadPass } from '../postgres/archive/load-passes';
import { withConnection } from '../postgres/server/connection';
import { type BackupSettings, backupSettings } from '../postgres/load/backup-settings';
import { readLoadSettings } from '../postgres/load/load-settings';
import { findLeftOut, type LeftOut, withIncomplete } from '../postgres/load/left-out';
import { LentRights } from '../postgres/load/lent-rights';
import { loadPass } from '../postgres/load/load-schema';
import { giveMultiranges } from '../postgres/load/multirange-owners';
import { dropPublicSchema, lacksPublicSchema } from '../postgres/load/public-schema';
import { loadArchive } from '../postgres/load/pg-restore';
import { numbersIn } from '../postgres/archive/use-list';
import type { LoadOrder } from './load-order';

/**
 * Loads a backup into an empty database: what must exist before the data, then all data streams side by side, with
 * indexes of large tables begun as soon as their rows are in, then the other indexes, constraints and triggers. Triggers
 * come after the rows, so none fires on loading. Then follow rights, materialized views, and last of all event triggers.
 *
 * @returns what could not be made there
 * @throws ToolError when any statement fails, ContainerError when the container turns out to be damaged, or the signal's reason
 */
export async function loadBackup(order: LoadOrder): Promise<LeftOut> {
  const leftOut = await findLeftOut({ ...order, missingRoles: order.missingRoles ?? [] });
  const ofBackup = await backupSettings(order.address, order.archive, order.signal);
  const incomplete = await load(order, ofBackup, leftOut.useList && new Set(numbersIn(leftOut.useList)));
  return withIncomplete(leftOut, incomplete, order.archive);
}

/** The same order; its sessions have what they need. */
async function withSettings(order: LoadOrder, { whereMissing, always }: BackupSettings): Promise<LoadOrder> {
  const { address, settings, settingsOf, application } = order;
  const own = await readLoadSettings(address, settingsOf, application);
  return { ...order, settings: { ...whereMissing, ...settings, ...own, ...always } };
}

/**
 * @param wanted numbers of entries; without it all
 * @returns what could not be made
 */
async function load(
  given: LoadOrder,
  ofBackup: BackupSettings,
  wanted: ReadonlySet<number> | undefined,
): Promise<ArchiveEntry[]> {
  const begun = await withSettings(given, ofBackup);
  const { archive, signal, onProgress } = begun;
  const { index } = archive.reader;
  const streams = index.streams.filter(({ kind }) => kind === 'data');
  const bytesTotal = streams.reduce((sum, { plain_size: size }) => sum + size, 0);
  onProgress({ phase: 'pre-data', bytesDone: 0, bytesTotal });
  const contents = await archive.contents();
  const { passes, routes, late, builds } = contents;
  const isWanted = (id: number): boolean => wanted?.has(id) !== false;
  const lent = await loadDefinitions(begun, contents, isWanted);
  // Now that its schemas are there, the search path is known for certain.
  const order = await withSettings(begun, ofBackup);

  let bytesDone = 0;
  const count = (bytes: number): void => {
    bytesDone += bytes;
    onProgress({ phase: 'data', bytesDone, bytesTotal });
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
      const built = await new DataLoad(order, streams, builds, routes, late, count).run();
      tellBuilt();
      const incomplete: ArchiveEntry[] = [];
      for (const pass of AFTER_ROWS) {
        if (pass === 'rights' && lent.areLent)
          await withConnection(order.address, (client) => lent.takeBack(client), signal);
        if (pass === 'rights' && order.ownership === 'leave out') continue;
        incomplete.push(
          ...(await loadPass({
            ...{
              target: order,
              passes,
              pass,
              jobs: jobsFor(order, pass, passes.of(pass)),
              allowsIncomplete: order.allowsIncomplete === true,
            },
            isWanted: (id) => isWanted(id) && !built.has(id),
          })),
        );
      }
      return incomplete;
    },
    signal,
  );
}

/** Below both, connections and processes for work side by side cost more than they save. */
const MANY_ENTRIES = 300;
const MANY_BYTES = 32 * 1_048_576;

/** Connections at once for what comes after indexes and constraints. */
function jobsFor({ archive, jobs }: LoadOrder, pass: LoadPass, entries: readonly number[]): number {
  if (pass === 'post-data' || entries.length >= MANY_ENTRIES) return jobs;
  return archive.reader.index.tables.reduce((sum, { bytes }) => sum + bytes, 0) < MANY_BYTES ? 1 : jobs;
}

/** @returns rights to be taken back before those of the backup are given */
async function loadDefinitions(
  order: LoadOrder,
  { passes, guests, schemas: all, ranges }: ArchiveContents,
  isWanted: (id: number) => boolean,
): Promise<LentRights> {
  const { address, archive, ownership, signal } = order;
  const lent = new LentRights(ownership === 'keep' ? guests.filter(({ id }) => isWanted(id)) : []);
  if (lacksPublicSchema(archive.reader.index)) await withConnection(address, dropPublicSchema, signal);
  const areNeeded = await withConnection(address, (client) => lent.areNeeded(client), signal);
  const schemas: ReadonlySet<number> = areNeeded ? all : new Set();
  if (areNeeded) {
    await loadArchive(order, passes.part('pre-data', (id) => isWanted(id) && schemas.has(id))());
    await withConnection(address, (client) => lent.lend(client), signal);
  }
  // A generated column or a partition key is planned when its table is made: it may need the database's own path, too.
  await loadPass({
    ...{ target: order, passes, pass: 'pre-data', jobs: 1, allowsIncomplete: false },
    isWanted: (id) => isWanted(id) && !schemas.has(id),
  });
  if (ownership === 'keep' && ranges.some(isWanted)) await withConnection(address, giveMultiranges, signal);
  return lent;
}

const AFTER_ROWS = ['post-data', 'rights', 'views', 'event triggers'] as const;
