import { filterTool } from '../process/run-tool';
import type { PostgresTools } from './tools';
import { withList } from './use-list';

/** Reads an archive anew each time. */
export type ArchiveSource = () => AsyncIterable<Uint8Array>;

/** One line of `pg_restore --list`. */
export interface ArchiveEntry {
  /** Number of the entry in its archive. */
  readonly id: number;
  readonly type: string;
  /** Everything after the type: schema, name and owner. */
  readonly rest: string;
  readonly line: string;
}

/** Types that we look for; those of several words come before their beginnings. */
const TYPES = ['DATABASE PROPERTIES', 'DATABASE', 'COMMENT', 'ACL', 'POLICY', 'USER MAPPING'];
const LINE = new RegExp(String.raw`^(\d+); \d+ \d+ (?:(${TYPES.join('|')})|\S+) (.*)$`);

/**
 * The entries of an archive, in the order in which it loads them; the type is empty for those that nobody looks for.
 *
 * @throws ToolError, the signal's reason, or what the archive's source throws
 */
export async function listEntries(
  tools: PostgresTools,
  archive: ArchiveSource,
  signal: AbortSignal,
): Promise<ArchiveEntry[]> {
  const text = await textOf(filterTool({ command: tools.pgRestore, args: ['--list', '--create'], signal }, archive()));
  return text.split('\n').flatMap((line) => {
    const [, id, type = '', rest = ''] = LINE.exec(line) ?? [];
    return id === undefined ? [] : [{ id: Number(id), type, rest, line }];
  });
}

/**
 * The SQL of some entries of an archive, in their order.
 *
 * @throws as {@link listEntries}; an error when there is no memory for the list, or when text inside of an entry looks like
 *   the heading of one, so that they cannot be told apart
 */
export async function sqlOfEntries(
  tools: PostgresTools,
  archive: ArchiveSource,
  entries: readonly ArchiveEntry[],
  signal: AbortSignal,
): Promise<string[]> {
  if (entries.length === 0) return [];
  const list = Buffer.from(entries.map(({ line }) => `${line}\n`).join(''));
  const text = await withList(list, [], (descriptors, listed) => {
    const args = ['--create', '--verbose', '--file=-', ...listed];
    return textOf(filterTool({ command: tools.pgRestore, args, descriptors, signal }, archive()));
  });
  // Asked to create the database, pg_restore does so, whatever the list says.
  const wanted = new Set(entries.map(({ id }) => id));
  const found = sections(text).filter(({ id }) => wanted.has(id));
  if (found.map(({ id }) => id).join() !== entries.map(({ id }) => id).join()) {
    throw new Error('the entries of the archive cannot be told apart');
  }
  return found.map(({ sql }) => sql);
}

const HEADING = /^-- TOC entry (\d+) \(class \d+ OID \d+\)$/m;

/** A line after the statements of an entry: psql's, or the comment that begins something else. */
const AFTER = /^(?:\\|--)/;

function sections(text: string): { id: number; sql: string }[] {
  const [, ...parts] = text.split(HEADING);
  const found: { id: number; sql: string }[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const lines = (parts[i + 1] ?? '').split('\n');
    const first = lines.indexOf('--') + 1;
    const end = lines.findIndex((line, at) => at >= first && AFTER.test(line));
    found.push({
      id: Number(parts[i]),
      sql: lines
        .slice(first, end < 0 ? undefined : end)
        .join('\n')
        .trim(),
    });
  }
  return found;
}

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString('utf8');
}
