import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { BackupEntity } from '../backups/catalogue/backup.entity';
import { FIRST_STORAGE } from '../kernel/config/first-storage';

/** Files of backups in one storage, as the catalogue knows them. */
export interface StoredFiles {
  readonly bytes: number;
  readonly files: number;
  readonly damaged: number;
  readonly missing: number;
}

interface Row {
  storage: string;
  bytes: string;
  files: string;
  damaged: string;
  missing: string;
}

/** A file that was never in the first storage is not missing there: it was written to a further one. */
const COUNTS = `
  SELECT $1 AS storage,
         coalesce(sum(size_bytes) FILTER (WHERE file_fault IS DISTINCT FROM 'missing'), 0) AS bytes,
         count(*) FILTER (WHERE file_fault IS DISTINCT FROM 'missing') AS files,
         count(*) FILTER (WHERE file_fault IN ('changed', 'damaged')) AS damaged,
         count(*) FILTER (WHERE file_fault = 'missing') AS missing
    FROM backups WHERE status = 'success' AND removing IS NULL AND first_error IS NULL
  UNION ALL
  SELECT f.storage,
         coalesce(sum(b.size_bytes) FILTER (WHERE f.state IN ('present', 'damaged')), 0),
         count(*) FILTER (WHERE f.state IN ('present', 'damaged')),
         count(*) FILTER (WHERE f.state = 'damaged'),
         count(*) FILTER (WHERE f.state = 'missing')
    FROM backup_files f JOIN backups b ON b.id = f.backup_id
   WHERE b.status = 'success' AND b.removing IS NULL AND f.place = ANY ($2)
   GROUP BY f.storage`;

/** Counts what the storages hold in the catalogue: no storage is asked. */
@Injectable()
export class StoredFilesReader {
  constructor(@InjectRepository(BackupEntity) private readonly rows: Repository<BackupEntity>) {}

  /**
   * @param places identities of the further storages: copies at another place are not in them
   * @returns what is in each storage, by its name; a storage without files may be left out
   */
  async byStorage(places: readonly string[]): Promise<ReadonlyMap<string, StoredFiles>> {
    const rows: Row[] = await this.rows.query(COUNTS, [FIRST_STORAGE, places]);
    return new Map(
      rows.map(({ storage, bytes, files, damaged, missing }) => [
        storage,
        { bytes: Number(bytes), files: Number(files), damaged: Number(damaged), missing: Number(missing) },
      ]),
    );
  }
}
