import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import type { StorageKeep } from '../../kernel/config/config-files';
import type { FurtherStorage } from '../../kernel/storage/further-storages';
import type { CopyState } from '../catalogue/backup-file.entity';
import { BackupsService, type OneOfAll } from '../catalogue/backups.service';
import { CopyRows, isCopyOf } from '../catalogue/copy-rows';
import { WHOLE } from '../catalogue/scope';
import {
  judgeRetention,
  type RetainedBackup,
  retentionMoment,
  type RetentionRule,
  type RetentionVerdict,
} from './retention';

/** What a storage has of a backup: a copy that is whole, none any more, or none yet. */
export type Held = Extract<CopyState, 'present' | 'removing' | 'expired'> | 'lacking';

/** Knows what a further storage keeps that has a retention of its own. */
@Injectable()
export class StorageKeeps {
  constructor(
    private readonly backups: BackupsService,
    private readonly copies: CopyRows,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /**
   * Backups whose copies the storage would remove at once, by id; none when it keeps what the plan keeps. Backups age no further than two
   * days after the newest one: a clock that jumps ahead keeps no copy from being made.
   */
  async unwanted(of: FurtherStorage): Promise<Set<number>> {
    if (of.keep === undefined) return new Set();
    const all = await this.backups.all();
    const held = await this.heldIn(of, all);
    const candidates = all.filter(({ id }) => held.get(id) !== 'expired');
    const newest = candidates.map(({ createdAt }) => createdAt).reduce((a, b) => (a > b ? a : b), new Date(0));
    const asOf = retentionMoment(this.clock.now(), newest);
    const verdicts = this.judge(candidates, of.keep, { asOf, isLastRunFailed: false, isUsable: () => true });
    return new Set(verdicts.filter(({ keep }) => !keep).map(({ id }) => id));
  }

  /** What the storage has of each backup, by id. */
  async heldIn(of: FurtherStorage, backups: readonly OneOfAll[]): Promise<Map<number, Held>> {
    const rows = new Map((await this.copies.in(of)).map((row) => [row.backupId, row]));
    return new Map(
      backups.map((backup): [number, Held] => {
        const row = rows.get(backup.id);
        if (row?.state === 'removing' || row?.state === 'expired') return [backup.id, row.state];
        return [backup.id, row !== undefined && isCopyOf(row, backup, of) ? 'present' : 'lacking'];
      }),
    );
  }

  /** What a storage with this rule keeps of its backups. */
  judge(
    backups: readonly OneOfAll[],
    keep: StorageKeep,
    how: { asOf: Date; isLastRunFailed: boolean; isUsable: (backup: OneOfAll) => boolean },
  ): RetentionVerdict[] {
    const rule = { ...ruleOf(keep), timeZone: this.config.timezone, isLastRunFailed: how.isLastRunFailed };
    const known = backups.map((backup): RetainedBackup => {
      const { id, status, trigger, createdAt, pinned, verifiedAt, keyId } = backup;
      const hasKey = keyId === null || this.config.keyRing.find(keyId) !== undefined;
      const isUsable = status === 'success' && hasKey && how.isUsable(backup);
      const isWhole = backup.scope.includes(WHOLE);
      return { id, status, trigger, createdAt, pinned, verifiedAt, isWhole, isUsable, isCopyAlone: false };
    });
    return judgeRetention(known, rule, how.asOf);
  }
}

function ruleOf(keep: StorageKeep): Omit<RetentionRule, 'timeZone' | 'isLastRunFailed'> {
  return {
    retentionDays: keep.days,
    keepLast: keep.last,
    keepDaily: keep.daily,
    keepWeekly: keep.weekly,
    keepMonthly: keep.monthly,
    keepYearly: keep.yearly,
  };
}
