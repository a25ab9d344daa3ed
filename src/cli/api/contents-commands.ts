import { refuseTerminal, writeFile, writeToStandardOutput, writeWhole } from '../terminal/extracted-output';
import { EXIT } from '../terminal/exit-code';
import { giveNewName } from '../terminal/give-new-name';
import { interruptible } from '../terminal/interruptible';
import { alignedTable, bytesInWords } from '../terminal/table';
import { ROWS, TABLE_LIST, type TableList } from './answers';
import type { ApiSession } from './api-commands';

/** The most that the service lists at once. */
const PAGE = 1000;

/** The tables that a backup has rows of, one a line. */
export async function listTables({ client, output }: ApiSession, id: number, part?: string): Promise<number> {
  const items: TableList['items'] = [];
  for (let total = 1; items.length < total;) {
    const query = new URLSearchParams({ limit: String(PAGE), offset: String(items.length), q: part ?? '' });
    const page = await client.get(`/backups/${id}/tables?${query.toString()}`, TABLE_LIST);
    total = page.items.length === 0 ? 0 : page.total;
    items.push(...page.items);
  }
  const lines = items.map(({ table, rows, bytes }) => [
    table,
    rows === null ? '' : `${rows} rows`,
    bytes === null ? '' : bytesInWords(bytes),
  ]);
  output.result({ items, total: items.length }, alignedTable(lines, [1, 2]));
  return EXIT.ok;
}

/** Writes a backup, or one table of it, as SQL. */
export async function extractSql(
  { client, output }: ApiSession,
  id: number,
  { table, output: file }: { readonly table?: string; readonly output?: string },
): Promise<number> {
  if (file === undefined) refuseTerminal(`bscc --api … sql ${id} > backup.sql`, '--output FILE');
  const query = table === undefined ? '' : `?${new URLSearchParams({ table }).toString()}`;
  const { body } = await client.download(`/backups/${id}/sql${query}`);
  const text = buffersOf(body);
  if (file === undefined) {
    await writeToStandardOutput(text);
    return EXIT.ok;
  }
  await interruptible((signal) => writeWhole(file, (at) => writeFile(text, at, signal), giveNewName, signal));
  output.result({ written: file }, [file]);
  return EXIT.ok;
}

/** Shows the first rows of a table of a backup. */
export async function showRows(
  { client, output }: ApiSession,
  id: number,
  { table, limit }: { readonly table: string; readonly limit: number },
): Promise<number> {
  const query = new URLSearchParams({ table, limit: String(limit) });
  const answer = await client.get(`/backups/${id}/rows?${query.toString()}`, ROWS);
  const { columns, items, has_more: hasMore } = answer;
  const lines = items.map((item) => columns.map((column) => item[column] ?? ''));
  output.result(answer, alignedTable([columns, ...lines]));
  if (hasMore) output.note(`${answer.table} has more rows than these`);
  return EXIT.ok;
}

async function* buffersOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  for await (const { buffer, byteOffset, byteLength } of chunks) yield Buffer.from(buffer, byteOffset, byteLength);
}
