import { Injectable } from '@nestjs/common';
import { BackupFiles } from '../../backups/catalogue/backup-files';
import { openBackup } from '../../engine/backup/open-backup';
import { Archive } from '../../engine/postgres/archive/archive';
import { matchTables } from '../../engine/postgres/extract/table-patterns';
import { isAmong, type RelationName } from '../../engine/postgres/server/relation-name';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { OperationsService } from '../../kernel/operations/operations.service';

const HINTS = {
  malformed: 'Write schema.table, quoted as in SQL; outside of quotes * stands for any characters.',
  unknown: 'The backup has no rows of such tables; GET /api/backups/{id}/tables lists those that it has.',
  partitions: 'Rows are restored for whole tables: name the table that the partition belongs to.',
} as const;

/** Finds the tables of a backup that a caller means. */
@Injectable()
export class TableChoice {
  constructor(
    private readonly files: BackupFiles,
    private readonly operations: OperationsService,
    private readonly config: AppConfig,
  ) {}

  /**
   * The tables that names and patterns stand for, partitioned ones as a whole.
   *
   * @param written each `schema.table`, quoted as in SQL; outside of quotes `*` stands for any characters
   * @throws AppError `backups.invalid_request` that names all that is wrong; as `BackupFiles.open`; ContainerError
   */
  async choose(backupId: number, written: readonly string[]): Promise<RelationName[]> {
    return this.operations.during(async (signal) => {
      const opened = await this.files.open(backupId);
      try {
        const reader = await openBackup(opened.file, this.config.keyRing, { signal });
        return await chosen(new Archive(reader, signal), written);
      } catch (error) {
        if (error instanceof RestoreError) throw new AppError('backups.invalid_format', { cause: error });
        throw error;
      } finally {
        await opened.close();
      }
    });
  }
}

async function chosen(archive: Archive, written: readonly string[]): Promise<RelationName[]> {
  const { rootOf } = await archive.contents();
  // Of a table of an extension the backup has only some of the rows.
  const isOfExtension = isAmong(archive.reader.index.tables.filter(({ extension }) => extension !== undefined));
  const tables = (await archive.dataTables()).filter((table) => !isOfExtension(table));
  const match = matchTables(
    written,
    tables.map((table) => ({ table, root: rootOf(table) })),
  );
  const { malformed, unknown, matchNothing, partitions } = match;
  const isUnknown = unknown.length + matchNothing.length > 0;
  if (malformed.length + partitions.length === 0 && !isUnknown) return [...match.tables];
  throw new AppError('backups.invalid_request', {
    details: {
      field: 'tables',
      ...(malformed.length === 0 ? {} : { malformed }),
      ...(unknown.length === 0 ? {} : { unknown }),
      ...(matchNothing.length === 0 ? {} : { matches_nothing: matchNothing }),
      ...(partitions.length === 0 ? {} : { partitions }),
      hint: [
        ...(malformed.length === 0 ? [] : [HINTS.malformed]),
        ...(isUnknown ? [HINTS.unknown] : []),
        ...(partitions.length === 0 ? [] : [HINTS.partitions]),
      ].join(' '),
    },
  });
}
