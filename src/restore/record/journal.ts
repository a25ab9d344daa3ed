import type { DirectoryNames } from '../../engine/files/exchange-directories';
import type { ServerSession } from '../../engine/postgres/server/server-session';

/**
 * What a run is about to do outside of its own row, written before it is done: enough for another process to finish or
 * undo it. The strategy that wrote it says what becomes of it.
 */
export type Journal = SwapJournal | TransactionJournal | ScratchJournal | IntoJournal;

/** A session that closes or exchanges the target: after this entry, and until the next one. */
interface AtWork {
  session?: ServerSession;
}

/** Two databases exchange their names, in one transaction: exchanged or not is told by which database has which name. */
export interface SwapJournal extends AtWork {
  kind: 'swap';
  /** Until `staging` nothing has been made. */
  phase: 'fencing' | 'staging' | 'swapping' | 'swapped';
  /** Name of the target database. */
  target: string;
  /** The old target's own number, which it keeps under any name. A name alone may belong to another database. */
  targetOid: string;
  /** What takes its place: `scc_restore_<run id>`, or for a rollback the kept copy of an earlier run. */
  incoming: string;
  /** Known once it is made. */
  incomingOid?: string;
  /** An incoming database that is a kept copy is never dropped: it may be the only whole one. */
  isIncomingKept: boolean;
  /** It is the database of a rehearsal, which stays for another attempt when it does not come in. */
  isRehearsed?: true;
  /** `scc_before_<run id>`: the old target, kept for a while. */
  kept: string;
  /** Loaded while the target is open: before `fencing` nothing is done to the target. */
  isOnline?: true;
  /** Directories of the application files, when there are any to exchange. */
  files?: DirectoryNames;
  /** Roles that were made only for the load: placeholders, and the one that loads rows. */
  roles?: string[];
}

/** The content of the target is changed in one transaction: its id tells whether it was committed. */
export interface TransactionJournal extends AtWork {
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
  /** Known once it is made. */
  incomingOid?: string;
  roles?: string[];
  /** Who may read it while it is kept. The role is there only if it admits readers. */
  readers?: ScratchReadersEntry;
}

/** The role through which readers get in, those that do, and those that do not. */
interface ScratchReadersEntry {
  role: string;
  admitted: readonly string[];
  refused: readonly { role: string; code: string; message: string }[];
}

/** A database that is loaded under a name of the run, and gets its own name when it is whole. */
export interface IntoJournal extends AtWork {
  kind: 'into';
  phase: 'loading' | 'naming';
  incoming: string;
  /** Known once it is made. */
  incomingOid?: string;
  /** The name that was asked for. */
  database: string;
  roles?: string[];
}

/** What names a database that is made for a run and loaded. */
export type LoadedJournal = SwapJournal | ScratchJournal | IntoJournal;

/** Whether a run that was cut short here has done nothing to the target yet: it is open and needs nothing. */
export function leavesTargetAlone(journal: Journal): boolean {
  if (journal.kind === 'swap') return journal.isOnline === true && journal.phase === 'staging';
  return journal.kind === 'scratch' || journal.kind === 'into';
}

/** Whose the roles are that a run makes. */
export function roleOwner(runId: number): string {
  return `restore run ${runId}`;
}
