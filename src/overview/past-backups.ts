import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { BackupEntity } from '../backups/catalogue/backup.entity';
import type { PastBackupDto } from './overview.dto';

/** A calendar and a curve need no more of them. */
const MOST = 10_000;

/**
 * The server writes the records as they are sent: made into entities here, ten thousand would keep the process busy for
 * half a second. What is large in a row stays where it is.
 */
const RECORDS = `
  SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
           'id', id,
           'created_at', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
           'status', status,
           'source', source,
           'trigger', trigger,
           'verified_at', to_char(verified_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
           'rows', row_count,
           'size_bytes', size_bytes,
           'duration_seconds',
           CASE WHEN source = 'local' THEN round(extract(epoch FROM finished_at - created_at)::numeric, 3) END
         )) ORDER BY created_at, id), '[]') AS records
    FROM (SELECT * FROM backups WHERE created_at >= $1 AND removing IS NULL
           ORDER BY created_at DESC, id DESC LIMIT ${MOST}) AS newest`;

/** Reads many backups at once, and little of each. */
@Injectable()
export class PastBackups {
  constructor(@InjectRepository(BackupEntity) private readonly rows: Repository<BackupEntity>) {}

  /** Oldest first; of too many the newest ones. */
  async since(moment: Date): Promise<PastBackupDto[]> {
    const answer: { records: PastBackupDto[] }[] = await this.rows.query(RECORDS, [moment]);
    return answer[0]?.records ?? [];
  }
}
