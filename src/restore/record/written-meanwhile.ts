import { present } from '../../engine/optional/present';
import { writtenName } from '../../engine/postgres/extract/table-choice';
import type { RestoreRunEntity } from './restore-run.entity';

/** What a run that loads while the target is open says of what is written meanwhile; `undefined` for any other run. */
export function writtenMeanwhile(run: Pick<RestoreRunEntity, 'isOnline' | 'status' | 'journal'>): string | undefined {
  // A run that has failed or was canceled has exchanged nothing.
  if (!run.isOnline || run.status === 'failed' || run.status === 'canceled') return undefined;
  const name = keptCopyOf(run);
  return `What is written to the target while the backup is loaded goes with the old database into the kept copy${name === undefined ? '' : ` ${name}`}, and nowhere else.`;
}

/** What the audit log tells of a run that has ended. */
export function recordOf({ id, into, tables }: RestoreRunEntity): Record<string, unknown> {
  return { restore_id: id, ...present({ into, tables: tables?.map(writtenName) }) };
}

/** What the audit log tells of a run that has ended well. */
export function successRecord(run: RestoreRunEntity): Record<string, unknown> {
  if (!run.isOnline) return recordOf(run);
  return { ...recordOf(run), online: true, written_meanwhile_in: keptCopyOf(run) };
}

function keptCopyOf({ journal }: Pick<RestoreRunEntity, 'journal'>): string | undefined {
  return journal?.kind === 'swap' ? journal.kept : undefined;
}
