import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { BackupEntity } from '../backups/catalogue/backup.entity';
import { present } from '../engine/optional/present';
import type { PastBackupDto } from './overview.dto';

/** A calendar and a curve need no more of them. */
const MOST = 10_000;

interface Row extends Pick<PastBackupDto, 'status' | 'source' | 'trigger'> {
  readonly id: string;
  /** Seconds since 1970, as the other times. */
  readonly created: number;
  readonly verified: number | null;
  readonly finished: number | null;
  readonly row_count: string | null;
  readonly size_bytes: string | null;
}

/**
 * Plain values, no entities: ten thousand entities would keep the process busy for half a second. JSON that the server
 * writes takes it three times as long as these rows, and times as numbers are read sooner than dates.
 */
const ROWS = `
  SELECT id, status, source, trigger, row_count, size_bytes,
         date_part('epoch', created_at) AS created,
         date_part('epoch', verified_at) AS verified,
         date_part('epoch', finished_at) AS finished
    FROM backups WHERE created_at >= $1 AND removing IS NULL
   ORDER BY created_at DESC, id DESC LIMIT ${MOST}`;

/** Reads many backups at once, and little of each. */
@Injectable()
export class PastBackups {
  constructor(@InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>) {}

  /** Oldest first; of too many the newest ones. */
  async since(moment: Date): Promise<PastBackupDto[]> {
    const rows: Row[] = await this.backups.query(ROWS, [moment]);
    return rows.reverse().map(shown);
  }
}

function shown({ id, status, source, trigger, created, verified, finished, ...row }: Row): PastBackupDto {
  return {
    ...{ id: Number(id), created_at: timeOf(created), status, source, trigger },
    ...present({
      verified_at: verified === null ? undefined : timeOf(verified),
      rows: row.row_count === null ? undefined : Number(row.row_count),
      size_bytes: row.size_bytes === null ? undefined : Number(row.size_bytes),
      duration_seconds: source !== 'local' || finished === null ? undefined : seconds(finished - created),
    }),
  };
}

function timeOf(epochSeconds: number): string {
  return new Date(Math.round(epochSeconds * 1000)).toISOString();
}

/** To the millisecond. */
function seconds(difference: number): number {
  return Math.round(difference * 1000) / 1000;
}
