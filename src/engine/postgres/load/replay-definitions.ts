import pg from 'pg';
import { filterTool } from '../../process/run-tool';
import { type DefinitionPart, definitionParts } from '../archive/definitions-text';
import { UTF8 } from '../archive/archive-encoding';
import { setPath } from './own-path';
import { runStatements } from './run-statements';
import type { PostgresTools } from '../server/tools';
import { withList } from '../archive/use-list';

/** A section of an archive without rows that is made through a connection of ours, inside of its transaction. */
export interface DefinitionsOrder {
  readonly client: pg.Client;
  readonly tools: PostgresTools;
  readonly archive: AsyncIterable<Uint8Array>;
  readonly section: 'pre-data' | 'post-data';
  /** Further arguments of `pg_restore`. */
  readonly args?: readonly string[];
  /** A table of contents: only what is in it is made. */
  readonly useList?: Buffer | undefined;
  /** What cannot be made under the empty `search_path` of a dump is tried under this one. */
  readonly path?: string;
  /** Told of each object that could be made under `path` only. */
  readonly onOtherPath?: OnPart | undefined;
  /** Told of each object that is refused however it is tried, and is left out; without it that is an error. */
  readonly onRefused?: OnPart | undefined;
  /** Called once, when the schemas are made and nothing in them is; answers with the `path` for what follows. */
  readonly onSchemas?: () => Promise<string>;
  readonly signal: AbortSignal;
}

type OnPart = (part: DefinitionPart) => void;

/** What is made after all else, in this order. */
export interface LaterParts {
  /** Before them an owner may do everything with what it owns. */
  readonly rights: DefinitionPart[];
  /** Need the rights. */
  readonly refreshes: DefinitionPart[];
  readonly subscriptions: DefinitionPart[];
  /** Might refuse, or react to, everything that comes after them. */
  readonly eventTriggers: DefinitionPart[];
}

/** Statements are run whenever this much has come together. */
const CHUNK_LENGTH = 65_536;

/** Evaluate code of the application over the rows. */
const EVALUATES: ReadonlySet<string> = new Set([
  'INDEX',
  'CONSTRAINT',
  'CHECK CONSTRAINT',
  'FK CONSTRAINT',
  'TABLE ATTACH',
  'MATERIALIZED VIEW DATA',
]);

/** Parts of a table whose expression the server plans when the table is made: generated columns and partition keys. */
const PLANNED = /GENERATED ALWAYS AS \(|\nPARTITION BY .*\(.*\(/;

/** Integrity, the transaction, resources, the operator, the system: nothing that another `search_path` would change. */
const FINAL = /^(?:23|25|40|53|54|55|57|58|XX)/;

/** After these there is nothing that could be left out: the transaction, the server or the system does not go on. */
const ENDS = /^(?:25|40|53|57|58|XX)/;

/** What is set for the objects that follow: it stands after the statements of the one before them. */
const SETTINGS_AFTER = /(?:\nSET default_\w+ = [^\n]*;\s*)+(?![^])/;

/**
 * Has `pg_restore` write one section as text and runs it, except for what is to be made later.
 *
 * @param later what is to be made later is added to it
 * @throws the driver's error, ToolError, what the archive's source throws, or the signal's reason
 */
export async function replayDefinitions(order: DefinitionsOrder, later: LaterParts): Promise<void> {
  const { client, tools, section, signal } = order;
  await withList(order.useList, [], async (descriptors, listArgs) => {
    const args = ['--format=custom', '--file=-', `--section=${section}`, ...listArgs, ...(order.args ?? [])];
    const text = filterTool({ command: tools.pgRestore, args, descriptors, signal }, order.archive);
    const maker = new DefinitionMaker(client, order.path, order);
    let { onSchemas } = order;
    for await (const part of definitionParts(text)) {
      signal.throwIfAborted();
      const place = placeOf(part);
      if (onSchemas !== undefined && place === undefined && !isOfSchema(part)) {
        await maker.flush();
        maker.path = await onSchemas();
        onSchemas = undefined;
      }
      if (place === undefined) {
        await maker.make(part);
        continue;
      }
      later[place].push(part);
      await maker.make({ ...part, type: '', sql: settingsAfter(part) });
    }
    await maker.flush();
  });
}

/**
 * Makes what was kept for later.
 *
 * @param how `path`: what cannot be made under the empty `search_path` is tried under this one; `onRefused`, `onOtherPath`: as in an order
 * @throws the driver's error, or the signal's reason
 */
export async function makeParts(
  client: pg.Client,
  parts: readonly DefinitionPart[],
  signal: AbortSignal,
  how: Pick<DefinitionsOrder, 'path' | 'onRefused' | 'onOtherPath'> = {},
): Promise<void> {
  const maker = new DefinitionMaker(client, how.path, how);
  for (const part of parts) {
    signal.throwIfAborted();
    await maker.make(part);
  }
  await maker.flush();
}

/** pg_dump writes schemas first of all. */
function isOfSchema({ type, name }: DefinitionPart): boolean {
  return type === '' || type === 'SCHEMA' || (isSaying(type) && name.startsWith('SCHEMA '));
}

function isSaying(type: string): boolean {
  return type === 'COMMENT' || type === 'SECURITY LABEL';
}

function placeOf({ type, name }: DefinitionPart): keyof LaterParts | undefined {
  const isOf = (kind: string): boolean => type === kind || (isSaying(type) && name.startsWith(`${kind} `));
  if (type === 'ACL' || type === 'DEFAULT ACL') return 'rights';
  if (type === 'MATERIALIZED VIEW DATA') return 'refreshes';
  if (isOf('SUBSCRIPTION')) return 'subscriptions';
  return isOf('EVENT TRIGGER') ? 'eventTriggers' : undefined;
}

/** Runs the statements of one object after the other, many at once where none has to be tried again. */
class DefinitionMaker {
  private waiting = '';
  private encoding = '';

  constructor(
    private readonly client: pg.Client,
    public path: string | undefined,
    private readonly told: Pick<DefinitionsOrder, 'onRefused' | 'onOtherPath'>,
  ) {}

  async make(part: DefinitionPart): Promise<void> {
    const { type, sql, encoding } = part;
    if (type !== '' && (this.told.onRefused !== undefined || this.otherPath(part) !== undefined)) {
      await this.flush();
      return this.makeAlone(part);
    }
    if (encoding !== this.encoding) await this.flush();
    this.encoding = encoding;
    this.waiting += `${sql}\n`;
    if (this.waiting.length > CHUNK_LENGTH) await this.flush();
  }

  async flush(): Promise<void> {
    const sql = this.waiting;
    this.waiting = '';
    if (sql.trim() !== '') await runStatements(this.client, sql, this.encoding);
  }

  /** Where another `search_path` could change what comes of an object. */
  private otherPath({ type, sql }: DefinitionPart): string | undefined {
    return EVALUATES.has(type) || (type === 'TABLE' && PLANNED.test(sql)) ? this.path : undefined;
  }

  private async makeAlone(part: DefinitionPart): Promise<void> {
    let error = await this.attempt(part);
    const path = this.otherPath(part);
    if (error !== undefined && path !== undefined && !FINAL.test(error.code ?? '')) {
      await setPath(this.client, path);
      error = await this.attempt(part);
      if (error === undefined) this.told.onOtherPath?.(part);
      await setPath(this.client, '');
    }
    if (error === undefined) return;
    if (this.told.onRefused === undefined) throw error;
    this.told.onRefused(part);
    // What it would have set for those that follow.
    await runStatements(this.client, settingsAfter(part), part.encoding);
  }

  /** @returns what the server has against it; then nothing of it is there */
  private async attempt({ sql, encoding }: DefinitionPart): Promise<pg.DatabaseError | undefined> {
    try {
      await runStatements(this.client, `SAVEPOINT definition;\n${sql}\n;RELEASE SAVEPOINT definition`, encoding);
      return undefined;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || ENDS.test(error.code ?? '')) throw error;
      // The encoding was set before the savepoint.
      await this.client.query(`ROLLBACK TO SAVEPOINT definition; SET client_encoding TO ${UTF8}`);
      return error;
    }
  }
}

function settingsAfter({ sql }: DefinitionPart): string {
  return SETTINGS_AFTER.exec(sql)?.[0] ?? '';
}
