import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { copyFile, hasFile } from '../../engine/storage/copy-file';
import { AppError } from '../../kernel/errors/app-error';
import type { ErrorCode } from '../../kernel/errors/error-table';
import { sanitize } from '../../kernel/errors/sanitize';
import { RecurringJobs } from '../../kernel/jobs/recurring-jobs.service';
import { lockName } from '../../kernel/operations/lock-session';
import { sinceMs } from '../../kernel/operations/run-line';
import { unlessAborted } from '../../kernel/operations/unless-aborted';
import { type FurtherStorage, FurtherStorages } from '../../kernel/storage/further-storages';
import { BackupFiles, type OpenedBackup } from '../catalogue/backup-files';
import { BackupEntity } from '../catalogue/backup.entity';
import { CopyRows, type CopyToMake, isCopyOf } from '../catalogue/copy-rows';
import { LeftoverFiles } from '../catalogue/leftover-files';
import { StorageKeeps } from '../retention/storage-keeps';
import { StorageWatch } from './storage-watch';

const LOOK_EVERY_MS = 5_000;

/** Of a copy that fails so, the storage may be the reason, and would be for the others. */
const MAY_BE_AWAY: readonly ErrorCode[] = ['backups.storage_unavailable', 'backups.no_space'];

type CopyEnd = 'made' | 'not made' | 'turn over';

/**
 * Copies each good backup to each further storage, newest first. For each storage there is one copier over all replicas, so a storage that is away
 * or slow keeps no other waiting. What is to be done follows from the rows, so nothing is lost when a process dies.
 */
@Injectable()
export class Copier implements OnApplicationBootstrap {
  private readonly logger = new Logger(Copier.name);

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly further: FurtherStorages,
    private readonly rows: CopyRows,
    private readonly watch: StorageWatch,
    private readonly files: BackupFiles,
    private readonly keeps: StorageKeeps,
    private readonly leftovers: LeftoverFiles,
    private readonly jobs: RecurringJobs,
  ) {}

  onApplicationBootstrap(): void {
    for (const storage of this.further.all) {
      this.jobs
        .declare({
          name: `copies_${storage.name}`,
          everyMs: LOOK_EVERY_MS,
          lock: lockName.copies(storage.name),
          whilePaused: true,
          complaint: 'backups could not be copied to a further storage',
          run: (signal) => this.catchUp(storage, signal),
        })
        .start();
    }
  }

  private async catchUp(to: FurtherStorage, signal: AbortSignal): Promise<void> {
    if (!(await unlessAborted(this.watch.isThere(to), signal))) return;
    let isTidied = false;
    let unwanted: ReadonlySet<number> | undefined;
    for (let due = await this.rows.nextDue(to); due !== null; due = await this.rows.nextDue(to)) {
      signal.throwIfAborted();
      unwanted ??= await this.keeps.unwanted(to);
      if (unwanted.has(due.id) && (await this.isElsewhere(due, to))) {
        await this.doWithout(due, to);
        continue;
      }
      const end: CopyEnd = await unlessAborted(this.copy(due, { to, isTidied }, signal), signal);
      if (end === 'turn over') return;
      isTidied = end === 'made';
    }
  }

  /** @returns that the turn is over when the backup is being removed, or a storage is away and would be for the others */
  private async copy(
    { id }: BackupEntity,
    { to, isTidied }: { to: FurtherStorage; isTidied: boolean },
    signal: AbortSignal,
  ): Promise<CopyEnd> {
    const beganAtMs = performance.now();
    let opened: OpenedBackup | undefined;
    let copy: CopyToMake | undefined;
    try {
      opened = await this.files.open(id);
      const { storageName, checksum, sizeBytes } = opened.backup;
      copy = { backupId: id, storage: to.name, place: to.identity, storageName };
      await this.rows.begin(copy);
      // Once the row says that the copy is begun here, what an earlier attempt has left under its name goes, too.
      if (!isTidied) await this.removeLeftovers(to, signal);
      await copyFile({ name: storageName, checksum, file: opened.file }, to.storage, signal);
      const former = await this.rows.formerName(copy);
      await this.rows.succeed(copy, checksum);
      if (former !== undefined) await this.removeFormer(former, to);
      const line = { backup_id: id, storage: to.name, size_bytes: sizeBytes, duration_ms: sinceMs(beganAtMs) };
      this.logger.log(line, 'a backup was copied');
      return 'made';
    } catch (err) {
      signal.throwIfAborted();
      if (err instanceof AppError && (err.code === 'backups.file_busy' || err.code === 'backups.not_found'))
        return 'turn over';
      const { code } = sanitize(err);
      const isAway = MAY_BE_AWAY.includes(code) && (await this.watch.isAway(to));
      const isFirstAway = !isAway && code === 'backups.storage_unavailable' && (await this.watch.isFirstAway());
      // What is true for all backups is told once, and not of each.
      if (!isAway && !isFirstAway)
        this.logger.warn({ err, backup_id: id, storage: to.name, error_code: code }, 'a backup could not be copied');
      if (copy !== undefined) await this.rows.fail(copy, code);
      else if (!isAway) await this.keepWhatIsThere(id, to, code, signal);
      return isAway || isFirstAway ? 'turn over' : 'not made';
    } finally {
      await opened?.close();
    }
  }

  /** As far as is known. What a storage has of a backup that is nowhere else is not given up, whatever its row tells. */
  private async isElsewhere(backup: BackupEntity, to: FurtherStorage): Promise<boolean> {
    const { id, fileFault, firstError, firstExpiry } = backup;
    if (fileFault === null && firstError === null && firstExpiry === null) return true;
    const rows = await this.rows.of(id);
    const others = this.further.all.filter(({ name }) => name !== to.name);
    return others.some((other) => rows.some((row) => isCopyOf(row, backup, other)));
  }

  /** The storage would remove it at the next sweep. What it had of the backup under a former name goes, unless it is away or keeps that. */
  private async doWithout({ id, storageName }: BackupEntity, to: FurtherStorage): Promise<void> {
    if (storageName === null) return;
    const copy = { backupId: id, storage: to.name, place: to.identity, storageName };
    const former = await this.rows.formerName(copy);
    await this.rows.neverMade(copy);
    if (former !== undefined) await this.removeFormer(former, to);
  }

  /**
   * The backup's file could not be opened anywhere. What this storage has under its name may then be the last one, also when its row tells
   * of another place, or there is none; what the row tells is not overwritten.
   */
  private async keepWhatIsThere(id: number, to: FurtherStorage, code: ErrorCode, signal: AbortSignal): Promise<void> {
    const { storageName = null, checksum = null } = (await this.backups.findOneBy({ id })) ?? {};
    if (storageName === null || checksum === null) return;
    const copy = { backupId: id, storage: to.name, place: to.identity, storageName };
    if (await hasFile({ name: storageName, checksum }, to.storage, signal)) await this.rows.succeed(copy, checksum);
    else await this.rows.postpone(copy, code);
  }

  /** A lock, or a storage that is away now, leaves it where it is. */
  private async removeFormer(name: string, to: FurtherStorage): Promise<void> {
    if (await this.backups.existsBy({ storageName: name })) return;
    await to.storage.remove(name).catch((err: unknown) => {
      this.logger.warn({ err, storage: to.name }, 'what a copy was called before could not be removed');
    });
  }

  /** Of copiers that died. It is in the way of no copy, so no failure ends the turn. */
  private async removeLeftovers(to: FurtherStorage, signal: AbortSignal): Promise<void> {
    try {
      await this.leftovers.remove(to, signal);
    } catch (err) {
      signal.throwIfAborted();
      this.logger.warn({ err, storage: to.name }, 'what copies have left could not be removed');
    }
  }
}
