import type { DatabaseAddress } from '../../engine/address/database-address';
import { type HeldLock, LockConnection, type LockHolder, type LockMode } from './lock-connection';

/** What is locked. Names are stable across releases: replicas of two versions must agree on them. */
export const lockName = {
  /** Shared by whatever reads the target; alone for a real restore. */
  target: 'target',
  /** One of the `BERKUT_BACKUP_MAX_PARALLEL` places for running backups. */
  backupSlot: (slot: number) => `backup-slot:${slot}`,
  /** Held while a backup is being made; a running row whose lock is free belongs to a dead process. */
  backupRun: (id: number) => `backup-run:${id}`,
  /** Held while a file of that name is being imported. */
  importing: (storageName: string) => `import:${storageName}`,
  /** Held by the request or job that works at a resumable upload. */
  upload: (id: string) => `upload:${id}`,
  /** Held while it is decided whether there is room for another resumable upload. */
  newUpload: 'new-upload',
  /** Held while it is decided whether a file with this checksum is there already. */
  sameFile: (checksum: string) => `same-file:${checksum}`,
  /** Shared by the readers of the container; exclusive for its removal. */
  backupFile: (id: number) => `backup-file:${id}`,
  /** Held while a restore run is queued or running. */
  restoreRun: (id: number) => `restore-run:${id}`,
  /** Held while what this run has left is being removed. */
  leftovers: (runId: number) => `leftovers:${runId}`,
  /** Held while the database that this rehearsal has kept becomes the target, or is given up. */
  scratch: (runId: number) => `scratch:${runId}`,
  /** Held while the database that this rehearsal has kept is compared with the target. */
  comparison: (runId: number) => `comparison:${runId}`,
  /** Held by the replica that follows the plan; a real restore waits until it is free. */
  plan: 'plan',
  /** Held while it is decided whether a backup goes: that depends on which others stay. */
  removal: 'removal',
  /** Held by the replica that looks for alerts. */
  notices: 'notices',
  /** Held by the replica that copies backups to a further storage. */
  copies: (storage: string) => `copies:${storage}`,
  /** Held by the replica that reads copies in a further storage again. */
  copyCheck: (storage: string) => `copy-check:${storage}`,
  /** Held while the storage is compared with the catalogue. */
  rescan: 'rescan',
  /** Held in shared mode by the process that is to write the record of a change. Free when no process will. */
  auditIntent: (id: string) => `audit-intent:${id}`,
  /** One dry run at a time: each reads a whole container. */
  dryRun: 'dry-run',
} as const;

/**
 * The advisory locks of one operation. They are held on a connection to the control database, which other operations may share. The locks die with
 * the connection, so nothing has to be swept; and `signal` aborts when the connection is lost, because from then on
 * another process may hold them.
 */
export class LockSession {
  private readonly lost = new AbortController();
  private readonly holder: LockHolder = { onLost: () => this.lost.abort(new LockLostError()) };
  /** Holds what this operation had to wait for: on a shared connection it would keep all others waiting. */
  private ownConnection: Promise<LockConnection> | undefined;
  private closing: Promise<void> | undefined;

  /**
   * @param connection what the locks are held on, unless they have to be waited for
   * @param control the address of the control database
   * @param onClosed called when all locks have been given back
   */
  constructor(
    private readonly connection: LockConnection,
    private readonly control: DatabaseAddress,
    private readonly onClosed: () => Promise<void>,
  ) {
    connection.join(this.holder);
  }

  /**
   * A session with a connection of its own.
   *
   * @throws the driver's error when the control database cannot be reached
   */
  static async open(control: DatabaseAddress): Promise<LockSession> {
    const connection = await LockConnection.open(control);
    return new LockSession(connection, control, () => connection.close());
  }

  /** Aborts with {@link LockLostError} as soon as a connection, and so every lock on it, is gone. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  /** Whether a lock is known to be gone. */
  get isLost(): boolean {
    return this.lost.signal.aborted;
  }

  /**
   * Asks the server, right before what cannot be taken back.
   *
   * @throws LockLostError when the locks may be another process's by now
   */
  async confirm(): Promise<void> {
    await this.connection.confirm();
    await (await this.ownConnection)?.confirm();
    this.lost.signal.throwIfAborted();
  }

  /** Takes the lock if it is free now, and was not waited for. Locks count: release as often as taken. */
  async tryLock(name: string, mode: LockMode): Promise<boolean> {
    return this.connection.tryLock(this.holder, { name, mode });
  }

  /** Waits for the lock until `signal` aborts. It must not be one that this operation has in another mode. */
  async lock(name: string, mode: LockMode, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (await this.tryLock(name, mode)) return;
    const own = await this.openOwn();
    const giveUp = (): void => void own.close();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      signal.throwIfAborted();
      await own.lock(this.holder, { name, mode });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  async release(name: string, mode: LockMode): Promise<void> {
    const lock: HeldLock = { name, mode };
    const own = await this.ownConnection?.catch(() => undefined);
    if (own?.has(this.holder, lock) === true) await own.release(this.holder, lock);
    else await this.connection.release(this.holder, lock);
  }

  /** Gives up every lock. Never throws: a connection that is already gone holds nothing. May be called more than once. */
  close(): Promise<void> {
    this.closing ??= this.giveUp();
    return this.closing;
  }

  private async giveUp(): Promise<void> {
    const own = await this.ownConnection?.catch(() => undefined);
    await own?.close();
    await this.connection.leave(this.holder);
    await this.onClosed();
  }

  private async openOwn(): Promise<LockConnection> {
    this.ownConnection ??= LockConnection.open(this.control).then((own) => {
      own.join(this.holder);
      return own;
    });
    return this.ownConnection;
  }
}

/** The connection that held an operation's locks broke: the operation must not go on. */
class LockLostError extends Error {
  override readonly name = 'LockLostError';
  constructor() {
    super('the connection that held the locks of this operation was lost');
  }
}
