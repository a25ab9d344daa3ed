import type { WantedPage } from '../../kernel/database/entity-rows';
import type { BackupSource, RunStatus } from './backup.entity';

/** Orders of the list; a minus sign means descending, as in JSON:API. */
export const SORTS = ['-created_at', 'created_at', '-size_bytes', 'size_bytes'] as const;

/** Which backups are wanted, and in what order. */
export interface BackupList {
  readonly limit: number;
  readonly offset: number;
  readonly status?: RunStatus;
  readonly source?: BackupSource;
  /** Part of a label, a file name or a requester. */
  readonly q?: string;
  readonly sort: (typeof SORTS)[number];
}

/** The database keeps the number up to date, whichever client changes the table. */
const NUMBER_OF_ALL = 'SELECT n FROM backup_total';

/** The list as SQL. */
export function wantedBackups({ sort, limit, offset, ...filter }: BackupList): WantedPage {
  const values: string[] = [];
  const conditions = ['removing IS NULL'];
  const { status, source, q = '' } = filter;
  if (status !== undefined) conditions.push(`status = $${values.push(status)}`);
  if (source !== undefined) conditions.push(`source = $${values.push(source)}`);
  if (q !== '') {
    const pattern = `$${values.push(`%${q.replace(/[\\%_]/g, String.raw`\$&`)}%`)}`;
    const columns = ['label', 'storage_name', 'origin_filename', 'requested_by'];
    conditions.push(`(${columns.map((column) => `${column} ILIKE ${pattern}`).join(' OR ')})`);
  }
  return {
    where: conditions.join(' AND '),
    ...{ values, order: orderOf(sort), limit, offset },
    ...(values.length === 0 ? { total: NUMBER_OF_ALL } : {}),
  };
}

/** A backup without a size is the smallest. A word on nulls where there are none would keep the index from being used. */
function orderOf(sort: BackupList['sort']): string {
  const isDescending = sort.startsWith('-');
  const direction = isDescending ? 'DESC' : 'ASC';
  const nulls = isDescending ? 'NULLS LAST' : 'NULLS FIRST';
  const first = sort.endsWith('size_bytes') ? `size_bytes ${direction} ${nulls}` : `created_at ${direction}`;
  return `${first}, id ${direction}`;
}
