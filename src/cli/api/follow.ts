import { setTimeout as delay } from 'node:timers/promises';
import type { Output } from '../terminal/output';
import type { ApiClient } from './api-client';
import { ApiError, UnreachableError } from '../terminal/service-error';
import { BACKUP_ITEM, RESTORE_ITEM, type Backup, type Restore } from './answers';

const PAUSE_MS = 1_000;
/** For so long a service may be away, as when it is restarted in the middle of a restore, before that is an error. */
const PATIENCE_MS = 120_000;
const ENDED: ReadonlySet<string> = new Set(['success', 'failed', 'canceled']);

/** Watches a backup until it has ended. */
export async function followBackup(client: ApiClient, id: number, output: Output): Promise<Backup> {
  return follow(
    async () => (await client.get(`/backups/${id}`, BACKUP_ITEM)).item,
    output,
    () => undefined,
  );
}

/** Watches a restore or a dry run until it has ended, and says each step as it ends. */
export async function followRestore(client: ApiClient, id: number, output: Output): Promise<Restore> {
  const told = new Set<string>();
  return follow(
    async () => (await client.get(`/backups/restores/${id}`, RESTORE_ITEM)).item,
    output,
    ({ steps }) => {
      for (const { name, status, details } of steps) {
        if (told.has(name) || (status !== 'success' && status !== 'failed')) continue;
        told.add(name);
        output.step(
          `${status === 'success' ? 'ok    ' : 'FAILED'} ${name}${details?.error === undefined ? '' : `: ${details.error}`}`,
        );
      }
    },
  );
}

async function follow<T extends Backup | Restore>(
  look: () => Promise<T>,
  output: Output,
  tell: (item: T) => void,
): Promise<T> {
  let seenAt = Date.now();
  for (;;) {
    try {
      const item = await look();
      seenAt = Date.now();
      tell(item);
      if (ENDED.has(item.status)) {
        output.endProgress();
        return item;
      }
      const { phase = item.status, bytes_done: done, bytes_total: total } = item.progress ?? {};
      output.progress(phase, done ?? 0, total ?? 0);
    } catch (error) {
      if (!isPassing(error) || Date.now() - seenAt > PATIENCE_MS) throw error;
    }
    await delay(PAUSE_MS);
  }
}

/** A service that is being restarted, or that is in maintenance for another restore. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof UnreachableError || (error instanceof ApiError && [429, 502, 503, 504].includes(error.status))
  );
}
