import { counted } from './counted';
import type { StreamEntry } from './container/manifest';
import type { RelationName } from './postgres/dump-plan';
import { findIndexBuilds, type IndexBuild } from './postgres/index-builds';
import { loadSection } from './postgres/pg-restore';
import { archiveList, isListed } from './postgres/table-of-contents';
import { NoMemoryFileError } from './postgres/use-list';
import { TaskGroup } from './process/task-group';
import { ToolError } from './process/tool-error';
import type { LoadOrder } from './read-backup';

/** A quarter of a second to sort, or less. For smaller tables a program for each index costs more than is gained by beginning early. */
const WORTHWHILE_BYTES = 32 * 1_048_576;

/** Loads the data streams of one backup side by side, and builds indexes of large tables as soon as their rows are in. */
export class DataLoad {
  private readonly tasks: TaskGroup;
  private readonly built = new Set<string>();

  /**
   * @param order where to, with how many connections
   * @param streams what is loaded
   * @param onBytes told of the bytes of the archives as they are loaded
   */
  constructor(
    private readonly order: LoadOrder,
    private readonly streams: readonly StreamEntry[],
    private readonly onBytes: (bytes: number) => void,
  ) {
    this.tasks = new TaskGroup([order.signal], order.jobs);
  }

  /**
   * @returns the lines of the table of contents whose indexes are there now
   * @throws ToolError when any statement of the data fails, ContainerError, or the signal's reason
   */
  async run(): Promise<ReadonlySet<string>> {
    const builds = this.findBuilds();
    // Told to whoever awaits it; until then it is not unhandled.
    builds.catch(() => undefined);
    for (const { name } of this.streams) {
      void this.tasks.run(async () => {
        await this.load(name);
        for (const build of await this.buildsOf(name, await builds)) void this.tasks.run(() => this.build(build));
      });
    }
    await this.tasks.finished();
    return this.built;
  }

  private async load(name: string): Promise<void> {
    const order = { ...this.order, signal: this.tasks.signal };
    await loadSection(order, 'data', counted(this.read(name), this.onBytes));
  }

  /** The largest table's come first, so that the last of them does not keep everybody waiting. */
  private async findBuilds(): Promise<readonly IndexBuild[]> {
    const { tools, reader, jobs, largeTableBytes = WORTHWHILE_BYTES } = this.order;
    if (jobs === 1) return [];
    const large = new Map(
      reader.index.tables
        .filter(({ bytes }) => bytes >= largeTableBytes)
        .map((table) => [keyOf(table), table.bytes] as const),
    );
    if (large.size === 0) return [];
    const found = await findIndexBuilds(
      tools,
      () => this.read('schema'),
      (table) => large.has(keyOf(table)),
      this.tasks.signal,
    );
    const bytesOf = ({ table }: IndexBuild): number => large.get(keyOf(table)) ?? 0;
    return found.sort((a, b) => bytesOf(b) - bytesOf(a));
  }

  private async buildsOf(name: string, builds: readonly IndexBuild[]): Promise<readonly IndexBuild[]> {
    if (builds.length === 0) return [];
    const list = await archiveList(this.order.tools, this.read(name), this.tasks.signal);
    return builds.filter(({ table }) =>
      list.some((line) => isListed(line, `TABLE DATA ${table.schema} ${table.name}`)),
    );
  }

  /** One entry is one transaction. What fails is tried again at the end, and then tells what is wrong. */
  private async build({ line }: IndexBuild): Promise<void> {
    const order = { ...this.order, signal: this.tasks.signal };
    try {
      await loadSection(order, 'post-data', this.read('schema'), Buffer.from(`${line}\n`));
      this.built.add(line);
    } catch (error) {
      this.tasks.signal.throwIfAborted();
      if (!(error instanceof ToolError || error instanceof NoMemoryFileError)) throw error;
    }
  }

  private read(name: string): AsyncGenerator<Buffer> {
    return this.order.reader.readStream(name, { signal: this.tasks.signal });
  }
}

function keyOf({ schema, name }: RelationName): string {
  return JSON.stringify([schema, name]);
}
