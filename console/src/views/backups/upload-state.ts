/**
 * What is true of a file that is being imported:
 *
 * - `sending`: bytes go to the service, which checks them as they come
 * - `waiting`: the connection is lost; it goes on from where it was as soon as there is one again
 * - `paused`: a person has stopped it; what has arrived is kept by the service
 * - `finishing`: everything has arrived, and the service reads it to its end
 * - `done`, `refused`, `stopped`: it is over
 */
export type UploadPhase = 'sending' | 'waiting' | 'paused' | 'finishing' | 'done' | 'refused' | 'stopped';

export interface Upload {
  readonly filename: string;
  readonly phase: UploadPhase;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Bytes that the service had of it before, from an earlier attempt. */
  readonly bytesBefore: number;
  readonly beganMs: number;
  /** Of the imported backup, once there is one. */
  readonly backupId?: number;
}

/** Whether a file is neither imported nor given up. */
export function isOnItsWay(phase: UploadPhase): boolean {
  return phase !== 'done' && phase !== 'refused' && phase !== 'stopped';
}

/** Percent of the file that the service has. */
export function percentOf({ bytesDone, bytesTotal }: Pick<Upload, 'bytesDone' | 'bytesTotal'>): number {
  return bytesTotal === 0 ? 100 : Math.min(100, Math.floor((bytesDone / bytesTotal) * 100));
}

/** The time that an estimate needs before it is worth anything. */
const JUDGED_AFTER_MS = 1_000;

/** Seconds left by the pace so far; nothing while that is unknown or nothing is being sent. */
export function secondsLeft(upload: Upload, nowMs: number): number | undefined {
  const { phase, bytesDone, bytesBefore, bytesTotal, beganMs } = upload;
  const tookMs = nowMs - beganMs;
  const sent = bytesDone - bytesBefore;
  if (phase !== 'sending' || tookMs < JUDGED_AFTER_MS || sent <= 0) return undefined;
  return Math.ceil(((bytesTotal - bytesDone) / sent) * (tookMs / 1000));
}
