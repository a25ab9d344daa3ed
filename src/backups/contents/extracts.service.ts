import type { Readable } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { type FirstRows, firstRows, type RowLimits } from '../../engine/postgres/extract/first-rows';
import { writtenName } from '../../engine/postgres/extract/table-choice';
import { findTable } from '../../engine/postgres/extract/table-rows';
import { tableSql } from '../../engine/postgres/extract/table-sql';
import { toolsFor } from '../../engine/postgres/extract/tools-for';
import { archiveSql } from '../../engine/postgres/load/archive-sql';
import type { PostgresTools } from '../../engine/postgres/server/tools';
import { AppConfig } from '../../kernel/config/config';
import { BackupContents, type OpenedContents } from './backup-contents.service';
import { begun } from './begun';
import { Places } from './places';
import { contentRefusal } from './content-refusal';

/** Each reads a container and may run a program. */
const EXTRACTS_AT_ONCE = 4;

/** Of an answer that is in memory as a whole. */
const LIMITS: Omit<RowLimits, 'rows'> = { bytes: 4 * 1_048_576, valueBytes: 65_536 };

/** A backup or one table of it as SQL, begun. */
interface ExtractedSql {
  /** As it is written in SQL; `undefined`: the whole database. */
  readonly table: string | undefined;
  /** To be destroyed when it is not read to its end. Then nothing of the work is left. */
  readonly stream: Readable;
}

/** Reads rows and definitions out of backups, without a database and without a file. */
@Injectable()
export class Extracts {
  private readonly logger = new Logger(Extracts.name);
  private readonly places = new Places(EXTRACTS_AT_ONCE, 'So many extracts are being made at once.');

  constructor(
    private readonly contents: BackupContents,
    private readonly config: AppConfig,
  ) {}

  /**
   * A table as SQL for `psql`, or the whole database.
   *
   * @param written the table, quoted as in SQL
   * @throws AppError `backups.table_not_found`; as {@link BackupContents.open}; ToolError, ContainerError
   */
  async sql(id: number, written: string | undefined, gone: AbortSignal): Promise<ExtractedSql> {
    const contents = await this.contents.open(id, this.places, gone);
    try {
      const { table, text } = await this.textOf(contents, written);
      const stream = await begun(text);
      stream.once('error', (err) => {
        if (!gone.aborted) this.logger.warn({ err, backup_id: id }, 'an extract ended with an error');
      });
      stream.once('close', () => void contents.close());
      endWith(contents.signal, stream);
      return { table, stream };
    } catch (error) {
      await contents.close();
      throw contentRefusal(error);
    }
  }

  /**
   * The first rows of a table.
   *
   * @param written the table, quoted as in SQL
   * @throws as {@link sql}
   */
  async rows(id: number, written: string, rows: number, gone: AbortSignal): Promise<FirstRows & { table: string }> {
    return this.contents.during(id, this.places, gone, async ({ reader, signal }) => {
      try {
        const found = await findTable(reader, { written, tools: () => this.tools(reader), signal });
        return { table: writtenName(found.table), ...(await firstRows(found.pieces, { ...LIMITS, rows })) };
      } catch (error) {
        throw contentRefusal(error);
      }
    });
  }

  private async textOf(
    { reader, signal }: OpenedContents,
    written: string | undefined,
  ): Promise<{ table: string | undefined; text: AsyncGenerator<Buffer, void, undefined> }> {
    const tools = await this.tools(reader);
    if (written === undefined) return { table: undefined, text: archiveSql(reader, tools, signal) };
    const { table, text } = await tableSql(reader, written, tools, signal);
    return { table: writtenName(table), text };
  }

  private tools(reader: BackupReader): Promise<PostgresTools> {
    return toolsFor(reader, this.config.pgDumpBin);
  }
}

/** A stream whose client takes nothing would not notice that the service is stopped. */
function endWith(signal: AbortSignal, stream: Readable): void {
  const end = (): void => void stream.destroy(signal.reason instanceof Error ? signal.reason : undefined);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
}
