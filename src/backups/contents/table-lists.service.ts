import { Injectable } from '@nestjs/common';
import { type ListedTable, listedTables } from '../../engine/postgres/extract/listed-tables';
import { BackupContents } from './backup-contents.service';
import { contentRefusal } from './content-refusal';
import { Places } from './places';

/** A list costs as much memory as the index of its backup, up to a few hundred megabytes. */
const LISTS_AT_ONCE = 2;

/** Which of the tables are listed. */
interface TablePage {
  readonly limit: number;
  readonly offset: number;
  /** Part of `schema.name`, in any case. */
  readonly q?: string | undefined;
}

/** Says which tables a backup has rows of. */
@Injectable()
export class TableLists {
  private readonly places = new Places(LISTS_AT_ONCE, 'So many lists of tables are being made at once.');

  constructor(private readonly contents: BackupContents) {}

  /**
   * One page of the tables, by schema and name.
   *
   * @throws as {@link BackupContents.open}
   */
  async list(
    id: number,
    { limit, offset, q = '' }: TablePage,
    gone: AbortSignal,
  ): Promise<{ items: ListedTable[]; total: number }> {
    const tables = await this.contents.during(id, this.places, gone, ({ reader, signal }) =>
      listedTables(reader, signal).catch((error: unknown) => {
        throw contentRefusal(error);
      }),
    );
    const part = q.toLowerCase();
    const found = part === '' ? tables : tables.filter((table) => shown(table).includes(part));
    return { items: found.slice(offset, offset + limit), total: found.length };
  }
}

function shown({ schema, name }: ListedTable): string {
  return `${schema}.${name}`.toLowerCase();
}
