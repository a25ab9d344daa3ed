import type { ErrorDetails } from '../../kernel/errors/app-error';
import type { RestoreRunEntity } from './restore-run.entity';

/** What a caller is told of the restore run that keeps another one from being started. */
export function runInTheWay({
  id,
  mode,
  dryRun,
  isOnline,
  into,
}: Pick<RestoreRunEntity, 'id' | 'mode' | 'dryRun' | 'isOnline' | 'into'>): ErrorDetails {
  const until = isOnline ? ' while its backup is loaded' : '';
  const wayOut =
    dryRun || isOnline || into !== null ? `; POST /api/backups/restores/${id}/cancel ends it${until}.` : '.';
  return { in_the_way: { kind: mode, id }, hint: `Restore run ${id} (${mode}) goes on${wayOut}` };
}

/** What a caller is told of the backup that reads the target, which a restore may not replace meanwhile. */
export function backupInTheWay(id: number): ErrorDetails {
  return {
    in_the_way: { kind: 'backup', id },
    hint: `Backup ${id} is being made; POST /api/backups/${id}/cancel ends it.`,
  };
}
