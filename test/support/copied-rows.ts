import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { openContainer } from '../../src/engine/container/read/container-reader';
import type { RandomSource } from '../../src/engine/container/format/random-source';
import { decoderFor } from '../../src/engine/postgres/archive/archive-encoding';
import { readDumpSettings } from '../../src/engine/postgres/load/load-settings';
import { withConnection } from '../../src/engine/postgres/server/connection';
import { IDENTIFIER, IDENTIFIERS, namesIn, unquoted } from '../../src/engine/postgres/server/identifiers';
import { keyOf } from '../../src/engine/postgres/server/relation-name';
import { runProgram } from '../zoo/run-program';
import { collect, testRing } from './containers';

/** Rows of one table: the columns, and the lines in the order in which they are stored, byte for byte as Latin-1. */
interface Rows {
  readonly columns: readonly string[];
  readonly lines: readonly string[];
}

/** Rows by table, and values of sequences. */
export interface Content {
  readonly tables: ReadonlyMap<string, Rows>;
  readonly sequences: ReadonlyMap<string, readonly [value: string, isCalled: boolean]>;
}

/** What a backup holds. */
export async function contentOfBackup(
  file: RandomSource,
): Promise<Content & { readonly parts: number; readonly encoding: string }> {
  const reader = await openContainer(file, testRing);
  const { tables, sequences = [], streams, database } = reader.index;
  const plain = new Map<string, Buffer>();
  for (const { name, kind } of streams) if (kind === 'rows') plain.set(name, await collect(reader.readStream(name)));
  return {
    tables: new Map(
      tables.map((table) => {
        const pieces = (table.parts ?? []).map(({ stream, offset, size, rows }) => {
          const piece = plain.get(stream)?.toString('latin1', offset, offset + size) ?? '';
          expect(piece.split('\n')).toHaveLength(rows + 1);
          return piece;
        });
        return [keyOf(table), { columns: table.columns ?? [], lines: linesIn(pieces.join('')) }];
      }),
    ),
    sequences: new Map(sequences.map((one) => [keyOf(one), [one.last_value, one.is_called]])),
    encoding: database.encoding,
    parts: tables.reduce((sum, { parts = [] }) => sum + parts.length, 0),
  };
}

const COPY = new RegExp(`^COPY (${IDENTIFIER})\\.(${IDENTIFIER}) (?:\\((${IDENTIFIERS})\\))? ?FROM stdin;$`);
const ENTRY = /^-- Data for Name: (.*); Type: TABLE DATA; Schema: (.*); Owner: /;
const SETVAL = /^SELECT pg_catalog\.setval\('((?:[^']|'')+)', (-?\d+), (true|false)\);$/;
const NAME = new RegExp(`^(${IDENTIFIER})\\.(${IDENTIFIER})$`);

/** What `pg_dump` takes of a database. */
export async function contentByPgDump(pgDump: string, url: string, encoding: string): Promise<Content> {
  const address = parseDatabaseUrl(url);
  const environment = toolEnvironment(address, await withConnection(address, readDumpSettings));
  const { code, stdout, stderr } = await runProgram(pgDump, ['--section=data', '--no-password'], environment);
  if (code !== 0) throw new Error(stderr);
  const decode = decoderFor(encoding);
  const nameOf = (identifier = ''): string => unquoted(decode(Buffer.from(identifier, 'latin1')));
  const tables = new Map<string, Rows>();
  const sequences = new Map<string, [string, boolean]>();
  const lines = stdout.split('\n');
  let entry = '';
  for (let at = 0; at < lines.length; at += 1) {
    let line = lines[at] ?? '';
    // Names may have line breaks in them.
    while (line.startsWith('COPY ') && !line.endsWith(' FROM stdin;')) line += `\n${lines[(at += 1)] ?? ''}`;
    if (line.startsWith('-- ')) entry = `${ENTRY.test(line) ? '' : entry}${line}\n`;
    const [copy, schema, name, columns = ''] = COPY.exec(line) ?? [];
    if (copy !== undefined) {
      const end = lines.indexOf('\\.', at);
      // Through the table at the top, which only the comment does not name.
      const routed = entry.includes('-- load via partition root ') ? ENTRY.exec(entry) : null;
      const own = { schema: nameOf(schema), name: nameOf(name) };
      const key = keyOf(routed === null ? own : { schema: routed[2] ?? '', name: routed[1] ?? '' });
      const names = namesIn(decode(Buffer.from(columns, 'latin1')));
      tables.set(key, { columns: names, lines: lines.slice(at + 1, end) });
      at = end;
    }
    const [set, relation = '', value = '', isCalled] = SETVAL.exec(line) ?? [];
    const parts = NAME.exec(relation.replaceAll("''", "'"));
    if (set !== undefined && parts !== null) {
      sequences.set(keyOf({ schema: nameOf(parts[1]), name: nameOf(parts[2]) }), [value, isCalled === 'true']);
    }
  }
  return { tables, sequences };
}

function linesIn(text: string): string[] {
  return text === '' ? [] : text.slice(0, -1).split('\n');
}
