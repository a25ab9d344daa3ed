import type { Repository } from 'typeorm';
import type { BackupEntity } from './backup.entity';
import { isGood } from './good-backup';
import { WHOLE } from './scope';

/**
 * The newest failure that no later backup has made good: one that was made here, holds all that the failed one would have held, and
 * still has its file. Safety backups fail with their restore.
 */
export async function newestFailureIn(rows: Repository<BackupEntity>): Promise<BackupEntity | undefined> {
  const failed = await rows
    .createQueryBuilder('f')
    .where(`f.status = 'failed' AND f.trigger IN ('manual', 'scheduled') AND f.removing IS NULL`)
    .andWhere(
      `NOT EXISTS (SELECT FROM backups s
         WHERE ${isGood('s')} AND s.source = 'local' AND (s.finished_at, s.id) > (f.finished_at, f.id)
           AND (s.scope = f.scope OR :whole = ANY (s.scope)) AND (s.include_files OR NOT f.include_files))`,
      { whole: WHOLE },
    )
    .orderBy('f.finishedAt', 'DESC')
    .addOrderBy('f.id', 'DESC')
    .limit(1)
    .getOne();
  return failed ?? undefined;
}
