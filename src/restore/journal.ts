/**
 * What a run is about to do outside of its own row, written before it is done: enough for another process to finish or
 * undo it. See {@link TargetRecovery} for what becomes of each.
 */
export type Journal = SwapJournal | TransactionJournal | ScratchJournal;

/** Two databases exchange their names, in one transaction: exchanged or not is told by which names exist. */
export interface SwapJournal {
  kind: 'swap';
  phase: 'fencing' | 'staging' | 'swapping' | 'swapped';
  /** Name of the target database. */
  target: string;
  /** What takes its place: `scc_restore_<run id>`, or for a rollback the kept copy of an earlier run. */
  incoming: string;
  /** An incoming database that is a kept copy is never dropped: it may be the only whole one. */
  isIncomingKept: boolean;
  /** `scc_before_<run id>`: the old target, kept for a while. */
  kept: string;
  /** Directories of the application files, when there are any to exchange. */
  files?: { live: string; incoming: string; kept: string };
  /** Roles that were made only to load what mentions them. */
  roles?: string[];
}

/** The content of the target is changed in one transaction: its id tells whether it was committed. */
export interface TransactionJournal {
  kind: 'transaction';
  phase: 'fencing' | 'loading' | 'committing' | 'committed';
  target: string;
  /** The target is closed meanwhile, and has to be opened. */
  isFenced: boolean;
  /** Once it has begun to write: the transaction's id. */
  transactionId?: string;
}

/** A database that is loaded only to see that it can be. */
export interface ScratchJournal {
  kind: 'scratch';
  phase: 'loading';
  incoming: string;
  roles?: string[];
}

/** PostgreSQL cuts longer names, silently. */
const MAX_NAME_BYTES = 63;

/** A name of a database that belongs to a run: `<target>_<what>_<run id>`, the target's name shortened if need be. */
export function databaseName(target: string, what: 'restore' | 'before' | 'rehearsal', runId: number): string {
  const suffix = `_${what}_${runId}`;
  let stem = target;
  while (Buffer.byteLength(stem + suffix) > MAX_NAME_BYTES) stem = stem.slice(0, -1);
  return stem + suffix;
}

/** Directories for one run, beside the live one. */
export function fileNames(live: string, runId: number): { live: string; incoming: string; kept: string } {
  return { live, incoming: `${live}.restore-${runId}`, kept: `${live}.before-${runId}` };
}
