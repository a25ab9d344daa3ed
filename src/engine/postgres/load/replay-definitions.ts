import pg from 'pg';
import { filterTool } from '../../process/run-tool';
import { type DefinitionPart, definitionParts } from '../archive/definitions-text';
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
  /** Called once, when the schemas are made and nothing in them is. */
  readonly onSchemas?: () => Promise<void>;
  readonly signal: AbortSignal;
}

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
  'MATERIALIZED VIEW DATA',
]);

/** Integrity, the transaction, resources, the operator, the system: nothing that another `search_path` would change. */
const FINAL = /^(?:23|25|40|53|54|55|57|58|XX)/;

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
    const maker = new DefinitionMaker(client, order.path);
    let { onSchemas } = order;
    for await (const part of definitionParts(text)) {
      signal.throwIfAborted();
      const place = placeOf(part);
      if (onSchemas !== undefined && place === undefined && !isOfSchema(part)) {
        await maker.flush();
        await onSchemas();
        onSchemas = undefined;
      }
      if (place === undefined) {
        await maker.make(part);
        continue;
      }
      later[place].push(part);
      await maker.make({ ...part, type: '', sql: SETTINGS_AFTER.exec(part.sql)?.[0] ?? '' });
    }
    await maker.flush();
  });
}

/**
 * Makes what was kept for later.
 *
 * @param path what cannot be made under the empty `search_path` is tried under this one
 * @throws the driver's error, or the signal's reason
 */
export async function makeParts(
  client: pg.Client,
  parts: readonly DefinitionPart[],
  signal: AbortSignal,
  path?: string,
): Promise<void> {
  const maker = new DefinitionMaker(client, path);
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
    private readonly path: string | undefined,
  ) {}

  async make({ type, sql, encoding }: DefinitionPart): Promise<void> {
    if (this.path !== undefined && EVALUATES.has(type)) {
      await this.flush();
      return this.makeAlone(sql, encoding, this.path);
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

  private async makeAlone(sql: string, encoding: string, path: string): Promise<void> {
    try {
      await runStatements(this.client, `SAVEPOINT definition;\n${sql}\n;RELEASE SAVEPOINT definition`, encoding);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || FINAL.test(error.code ?? '')) throw error;
      await this.client.query('ROLLBACK TO SAVEPOINT definition');
      await setPath(this.client, path);
      await runStatements(this.client, sql, encoding);
      await setPath(this.client, '');
    }
  }
}
