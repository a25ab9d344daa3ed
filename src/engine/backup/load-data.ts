import { counted } from '../bytes/counted';
import type { StreamEntry } from '../container/format/manifest';
import type { SessionSettings } from '../address/write-address';
import { ginSettings } from '../postgres/load/gin-memory';
import { tablesIn } from '../postgres/archive/data-tables';
import type { LateRows } from '../postgres/archive/late-rows';
import { keyOf, type RelationName } from '../postgres/server/relation-name';
import type { IndexBuild } from '../postgres/archive/index-builds';
import { loadSection } from '../postgres/load/pg-restore';
import { rowArchive, routedTables, type RowRoutes } from '../postgres/archive/row-routes';
import { rowTurn, turnOf, turnsIn } from '../postgres/load/row-turns';
import { type LoadPart, loadStream, partsByStream } from '../postgres/rows/load-stream';
import type { TablesUnderWay } from '../postgres/rows/tables-under-way';
import { NoMemoryFileError, useListOf } from '../postgres/archive/use-list';
import { TaskGroup } from '../process/task-group';
import { ToolError } from '../process/tool-error';
import type { LoadOrder } from './load-order';
import type { RowSession, RowSessions } from './row-sessions';

/** A quarter of a second to sort, or less. For smaller tables a program for each index costs more than is gained by beginning early. */
const WORTHWHILE_BYTES = 32 * 1_048_576;

/** An index that may be built before all rows are in. */
interface EarlyBuild extends IndexBuild {
  /** Of its table, bytes. */
  readonly bytes: number;
}

/** A stream that is loaded, and what may be built when all streams with rows of its tables are. */
interface Lane {
  readonly name: string;
  readonly kind: StreamEntry['kind'];
  /** Of the stream, bytes. */
  readonly size: number;
  /** Those over whose rows something may be built, by `keyOf`. */
  readonly tables: readonly string[];
  readonly builds: readonly EarlyBuild[];
}

/** The slow ones and the largest table's come first, so that the last of them does not keep the whole load waiting. */
function byUrgency(a: EarlyBuild, b: EarlyBuild): number {
  return Number(b.isSlow) - Number(a.isSlow) || b.bytes - a.bytes;
}

/** Of the largest table that will be busy for long after its rows are in, bytes; 0 when there is none. */
function slowBytes({ builds }: Lane): number {
  return Math.max(0, ...builds.filter(({ isSlow }) => isSlow).map(({ bytes }) => bytes));
}

/**
 * Loads the streams of one backup side by side, and builds indexes of large tables as soon as their rows are in. The archive
 * whose table takes longest to index, if it is at least half of the stream, is given a head start: until it is loaded,
 * which keeps about two processors busy, half of the connections do nothing.
 */
export class DataLoad {
  private readonly tasks: TaskGroup;
  private readonly built = new Set<number>();
  /** By table, how many streams with rows of it are not loaded yet. */
  private readonly pending = new Map<string, number>();
  private readonly parts: ReadonlyMap<string, readonly LoadPart[]>;
  /** Streams that are not begun yet. */
  private waiting: Lane[] = [];
  /** Builds whose rows are in, the most urgent first. */
  private ready: EarlyBuild[] = [];
  private readonly underWay = new Set<EarlyBuild>();

  /**
   * @param order where to, with how many connections
   * @param sessions those that load rows that were copied
   * @param streams what is loaded
   * @param builds what is built over the tables
   * @param routes where rows of archives go that may belong into another partition here
   * @param into the same for rows that are copied
   * @param late tables whose rows come after all others
   * @param told of the bytes of the streams as they are loaded, and of each table
   */
  constructor(
    private readonly order: LoadOrder,
    private readonly sessions: RowSessions,
    private readonly streams: readonly StreamEntry[],
    private readonly builds: readonly IndexBuild[],
    private readonly routes: RowRoutes,
    private readonly into: (table: RelationName) => RelationName,
    private readonly late: LateRows,
    private readonly told: {
      readonly onBytes: (bytes: number) => void;
      readonly tables: TablesUnderWay | undefined;
    },
  ) {
    this.tasks = new TaskGroup([order.signal], order.jobs);
    this.parts = partsByStream(order.archive.reader.index);
  }

  /**
   * @returns the numbers of the entries that are there now
   * @throws ToolError when any statement of the data fails, ContainerError, or the signal's reason
   */
  async run(): Promise<ReadonlySet<number>> {
    const early = this.findEarly();
    const lanes: Lane[] = [];
    for (const { name, kind, plain_size: size } of this.streams) {
      const tables = early.length === 0 ? [] : await this.tablesOf(name, kind);
      for (const table of tables) this.pending.set(table, (this.pending.get(table) ?? 0) + 1);
      const builds = early.filter(({ table }) => tables.includes(keyOf(table)));
      lanes.push({ name, kind, size, tables, builds });
    }
    this.waiting = lanes.sort((a, b) => slowBytes(b) - slowBytes(a) || b.size - a.size);
    const [first] = lanes;
    // A small table in a long stream is not worth that everything else waits. Parts of one table need no head start.
    const isArchive = first?.kind === 'data';
    const needsHeadStart = isArchive && slowBytes(first) > 0 && slowBytes(first) >= first.size / 2;
    this.beginLanes(needsHeadStart ? Math.ceil(this.order.jobs / 2) : lanes.length);
    await this.tasks.finished();
    for (const turn of turnsIn(this.late).slice(1)) await this.loadLate(turn);
    return this.built;
  }

  private async loadLate(turn: number): Promise<void> {
    const tasks = new TaskGroup([this.order.signal], this.order.jobs);
    for (const stream of this.streams) void tasks.run(() => this.load(stream, turn, tasks.signal));
    await tasks.finished();
  }

  private beginLanes(number: number): void {
    for (const lane of this.waiting.splice(0, number)) {
      void this.tasks.run(async () => {
        await this.load(lane, 0, this.tasks.signal);
        this.ready.push(...this.buildsAfter(lane));
        this.ready.sort(byUrgency);
        this.beginBuilds(1);
        this.beginLanes(slowBytes(lane) > 0 ? this.waiting.length : 1);
        this.beginBuilds(this.ready.length);
      });
    }
  }

  private async load({ name, kind }: Pick<Lane, 'name' | 'kind'>, turn: number, signal: AbortSignal): Promise<void> {
    if (kind === 'rows') {
      await this.loadRows(name, turn, signal);
      return;
    }
    const read = (): AsyncGenerator<Buffer> => this.order.archive.reader.readStream(name, { signal });
    const rows = await rowTurn(read, this.late, turn, this.told.onBytes);
    if (rows === undefined) return;
    await loadSection({ ...this.order, signal }, 'data', rowArchive(rows, this.routes));
  }

  private async loadRows(name: string, turn: number, signal: AbortSignal): Promise<void> {
    const { reader } = this.order.archive;
    const parts = this.parts.get(name) ?? [];
    const isWanted = (table: RelationName): boolean => turnOf(table, this.late) === turn;
    if (!parts.some(({ table }) => isWanted(table))) return;
    const stream = reader.readStream(name, { signal });
    const load = async ({ session, takeRoleFor }: RowSession): Promise<void> => {
      await loadStream({
        sink: {
          copyIn: (statement, chunks) => session.copyIn(statement, chunks),
          run: (statement) => session.client.query(statement),
          takeRoleFor,
        },
        // To be frozen, a table is locked alone: tables whose checks look at each other would wait for each other.
        chunks: turn === 0 ? counted(stream, this.told.onBytes) : stream,
        ...{
          tables: this.told.tables,
          counted: this.order.counted,
          parts,
          encoding: reader.index.database.encoding,
          mayFreeze: this.late.length === 0,
          signal,
        },
        into: (table) => (isWanted(table) ? this.into(table) : undefined),
      });
    };
    await this.sessions.use(load, signal);
  }

  /** What may be built now that a stream is loaded. */
  private buildsAfter({ tables, builds }: Lane): EarlyBuild[] {
    for (const table of tables) this.pending.set(table, (this.pending.get(table) ?? 0) - 1);
    return builds.filter(({ table }) => this.pending.get(keyOf(table)) === 0);
  }

  private findEarly(): EarlyBuild[] {
    const { archive, jobs, largeTableBytes = WORTHWHILE_BYTES } = this.order;
    if (jobs === 1) return [];
    const sizes = new Map(archive.reader.index.tables.map((table) => [keyOf(table), table.bytes]));
    // What has come so far of their rows is not all.
    const elsewhere = archive.reader.index.tables
      .filter((table) => keyOf(this.into(table)) !== keyOf(table))
      .map(keyOf);
    const late = this.late.flatMap((tables) => [...tables]);
    const unfinished = new Set([...routedTables(this.routes), ...elsewhere, ...late]);
    return this.builds
      .filter(({ table }) => !unfinished.has(keyOf(table)))
      .map((build) => ({ ...build, bytes: sizes.get(keyOf(build.table)) ?? -1 }))
      .filter(({ isIndependent, bytes }) => isIndependent && bytes >= largeTableBytes);
  }

  private async tablesOf(stream: string, kind: StreamEntry['kind']): Promise<string[]> {
    const tables =
      kind === 'rows' ? (this.parts.get(stream) ?? []).map(({ table }) => table) : await tablesIn(this.read(stream));
    return [...new Set(tables.map(keyOf))];
  }

  /** Queues as many turns as may be useful. A turn that finds nothing to do ends at once. */
  private beginBuilds(number: number): void {
    for (let turns = Math.min(number, this.order.jobs); turns > 0; turns -= 1) {
      void this.tasks.run(() => this.buildNext());
    }
  }

  private async buildNext(): Promise<void> {
    const build = this.ready.find((candidate) => this.mayBegin(candidate));
    if (build === undefined) return;
    this.ready = this.ready.filter((other) => other !== build);
    this.underWay.add(build);
    await this.build(build);
    this.underWay.delete(build);
    // Some may have waited for this one.
    this.beginBuilds(this.ready.length);
  }

  private mayBegin(build: EarlyBuild): boolean {
    return [...this.underWay].every(
      (other) => keyOf(other.table) !== keyOf(build.table) || !(other.isExclusive || build.isExclusive),
    );
  }

  /** One entry is one transaction. What fails is tried again at the end, and then tells what is wrong. */
  private async build(build: EarlyBuild): Promise<void> {
    const settings = { ...this.order.settings, ...(await this.settingsFor(build)) };
    const order = { ...this.order, signal: this.tasks.signal, settings };
    try {
      const ids = [build.id, ...build.sayings];
      await loadSection(order, 'post-data', this.read('schema'), useListOf(ids));
      for (const id of ids) this.built.add(id);
    } catch (error) {
      this.tasks.signal.throwIfAborted();
      if (!(error instanceof ToolError || error instanceof NoMemoryFileError)) throw error;
    }
  }

  /** They only save time: whatever keeps them from being had is no error. */
  private async settingsFor({ isGin, bytes }: EarlyBuild): Promise<SessionSettings> {
    if (!isGin) return {};
    return ginSettings(this.order.address, bytes, this.tasks.signal).catch(() => ({}));
  }

  private read(name: string): AsyncGenerator<Buffer> {
    return this.order.archive.reader.readStream(name, { signal: this.tasks.signal });
  }
}
