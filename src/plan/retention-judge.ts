import { Injectable } from '@nestjs/common';
import { BackupPlaces } from '../backups/catalogue/backup-places';
import { BackupsService, type OneOfAll } from '../backups/catalogue/backups.service';
import { CopyRows } from '../backups/catalogue/copy-rows';
import { WHOLE } from '../backups/catalogue/scope';
import { type BackupVerdict, judgeBackup, type StorageWish } from '../backups/retention/backup-verdict';
import { judgeRetention, type RetainedBackup, type RetentionVerdict } from '../backups/retention/retention';
import { StorageKeeps } from '../backups/retention/storage-keeps';
import { StorageCheck } from '../backups/storage-check/storage-check.service';
import { AppConfig } from '../kernel/config/config';
import { FIRST_STORAGE } from '../kernel/config/first-storage';
import { type FurtherStorage, FurtherStorages } from '../kernel/storage/further-storages';
import { DueRuns } from './due-runs.service';
import type { PlanEntity } from './plan.entity';

/** What is judged, and as of when. */
interface Question {
  readonly all: readonly OneOfAll[];
  readonly asOf: Date;
  readonly isLastRunFailed: boolean;
}

type WishOf = (backup: OneOfAll, plan: RetentionVerdict) => StorageWish;

/** Judges what the plan keeps in the first storage, what each further storage keeps, and so what becomes of each backup. */
@Injectable()
export class RetentionJudge {
  constructor(
    private readonly dueRuns: DueRuns,
    private readonly backups: BackupsService,
    private readonly storage: StorageCheck,
    private readonly places: BackupPlaces,
    private readonly copies: CopyRows,
    private readonly further: FurtherStorages,
    private readonly keeps: StorageKeeps,
    private readonly config: AppConfig,
  ) {}

  /**
   * What becomes of every backup, newest first.
   *
   * @param isLookedAt of which files of the first storage it is asked whether they are there
   */
  async judge(plan: PlanEntity, asOf: Date, isLookedAt: (backup: OneOfAll) => boolean): Promise<BackupVerdict[]> {
    const all = (await this.backups.all()).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id - a.id);
    const question = { all, asOf, isLastRunFailed: await this.dueRuns.isLastFailed() };
    const { verdicts, whole } = await this.judgeFirst(plan, question, isLookedAt);
    const wishes: WishOf[] = [
      (backup, verdict) => ({
        storage: FIRST_STORAGE,
        verdict,
        hasFile: whole.has(backup.id),
        isExpired: backup.firstExpiry === 'expired',
        isBegun: backup.firstExpiry === 'removing',
      }),
    ];
    for (const each of this.further.all) wishes.push(await this.wishesOf(each, question));
    return all.map((backup): BackupVerdict => {
      const verdict = verdicts.get(backup.id) ?? { id: backup.id, keep: true, reason: 'not_replaced' };
      return judgeBackup(verdict, backup.status === 'success' ? wishes.map((wishOf) => wishOf(backup, verdict)) : []);
    });
  }

  /** What the plan says, by id; and which backups have their file in the first storage as it was. */
  private async judgeFirst(
    plan: PlanEntity,
    { all, asOf, isLastRunFailed }: Question,
    isLookedAt: (backup: OneOfAll) => boolean,
  ): Promise<{ verdicts: Map<number, RetentionVerdict>; whole: Set<number> }> {
    const known: RetainedBackup[] = [];
    const whole = new Set<number>();
    const copied = await this.places.copied(all);
    const looks = this.storage.looks();
    for (const backup of all.filter(({ firstExpiry }) => firstExpiry !== 'expired')) {
      const { id, status, trigger, createdAt, pinned, verifiedAt, keyId, fileFault, firstError, firstExpiry } = backup;
      const fault = status === 'success' && isLookedAt(backup) ? await looks.faultOf(backup) : fileFault;
      const isThere = status === 'success' && fault === null && firstExpiry === null;
      if (isThere && firstError === null) whole.add(id);
      const isUsable = isThere && (keyId === null || this.config.keyRing.find(keyId) !== undefined);
      const isWhole = backup.scope.includes(WHOLE);
      const isCopyAlone = fault !== null && copied.has(id);
      known.push({ id, status, trigger, createdAt, pinned, verifiedAt, isWhole, isUsable, isCopyAlone });
    }
    const rule = {
      retentionDays: plan.retentionDays,
      keepLast: plan.keepLastSuccessful,
      keepDaily: plan.keepDaily,
      keepWeekly: plan.keepWeekly,
      keepMonthly: plan.keepMonthly,
      keepYearly: plan.keepYearly,
      timeZone: plan.scheduleTimezone,
      isLastRunFailed,
    };
    const judged = [...judgeRetention(known, rule, asOf), ...(await this.expiredInFirst(all))];
    return { verdicts: new Map(judged.map((verdict) => [verdict.id, verdict])), whole };
  }

  /** The plan has let them go. One that a storage has which is not configured any more may come back with it. */
  private async expiredInFirst(all: readonly OneOfAll[]): Promise<RetentionVerdict[]> {
    const expired = all.filter(({ firstExpiry }) => firstExpiry === 'expired');
    if (expired.length === 0) return [];
    const elsewhere = await this.copies.inOthers(this.further.all.map(({ name }) => name));
    return expired.map(({ id, pinned }): RetentionVerdict => {
      if (pinned) return { id, keep: true, reason: 'pinned' };
      return elsewhere.has(id) ? { id, keep: true, reason: 'not_replaced' } : { id, keep: false, reason: 'expired' };
    });
  }

  /** What a further storage wants: what the plan wants, or what its own retention says. */
  private async wishesOf(of: FurtherStorage, { all, asOf, isLastRunFailed }: Question): Promise<WishOf> {
    const held = await this.keeps.heldIn(of, all);
    const { keep } = of;
    const candidates = keep === undefined ? [] : all.filter(({ id }) => held.get(id) !== 'expired');
    const judge = (isUsable: (backup: OneOfAll) => boolean): Map<number, RetentionVerdict> =>
      new Map(
        keep === undefined
          ? []
          : this.keeps.judge(candidates, keep, { asOf, isLastRunFailed, isUsable }).map((one) => [one.id, one]),
      );
    // What it has is judged by what it has; what it lacks as if it had all of them.
    const ofHeld = judge(({ id }) => held.get(id) === 'present');
    const ofLacking = judge(() => true);
    return ({ id }, plan) => {
      const state = held.get(id);
      const own = state === 'lacking' ? ofLacking.get(id) : ofHeld.get(id);
      const isExpired = state === 'expired';
      return {
        storage: of.name,
        verdict: own ?? (isExpired ? { keep: false, reason: 'expired' } : plan),
        hasFile: state === 'present',
        isExpired,
        isBegun: state === 'removing',
      };
    };
  }
}
