import { EXIT } from '../terminal/exit-code';
import { alignedTable, bytesInWords } from '../terminal/table';
import { TABLE_LIST, type TableList } from './answers';
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
