import type { RunStatus } from './backup.entity';

/** Whether a run with this status changes no more. */
export function isFinal(status: RunStatus): boolean {
  return status !== 'queued' && status !== 'running';
}
