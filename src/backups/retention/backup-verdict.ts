import type { RetentionReason, RetentionVerdict } from './retention';

/** A storage, and what it wants of a backup. */
export interface StorageWish {
  /** Name of the storage. */
  readonly storage: string;
  /** Whether it keeps the backup, and why. */
  readonly verdict: Pick<RetentionVerdict, 'keep' | 'reason'>;
  /** It has the file as it should be. */
  readonly hasFile: boolean;
  /** Retention has taken the file from it. */
  readonly isExpired: boolean;
  /** Retention has begun to take it. */
  readonly isBegun: boolean;
}

/** What becomes of the file in one storage. */
interface FileVerdict {
  readonly storage: string;
  readonly keep: boolean;
  readonly reason: RetentionReason;
  /** Its removal was begun and has not ended. */
  readonly isBegun: boolean;
}

/** What becomes of a backup: the whole of it, and its file in each storage that is to have one. */
export interface BackupVerdict extends RetentionVerdict {
  readonly files: readonly FileVerdict[];
  /** Storages that keep it and have its file. */
  readonly keepers: readonly string[];
}

/**
 * What becomes of a backup about which its storages differ. The backup goes when none of them keeps it. The file goes from one that does
 * not keep it, once one that does has it.
 *
 * @param plan what the plan says of it
 */
export function judgeBackup(plan: RetentionVerdict, wishes: readonly StorageWish[]): BackupVerdict {
  const keeping = wishes.filter(({ verdict }) => verdict.keep);
  const keepers = keeping.filter(({ hasFile }) => hasFile).map(({ storage }) => storage);
  const held = wishes.filter(({ isExpired }) => !isExpired);
  if (keeping.length === 0 && !plan.keep) {
    return { ...plan, keepers, files: held.map((wish) => fileOf(wish, wish.verdict)) };
  }
  const files = held.map((wish) =>
    fileOf(wish, wish.verdict.keep || keepers.length > 0 ? wish.verdict : { keep: true, reason: 'only_here' }),
  );
  if (plan.keep) return { ...plan, keepers, files };
  return { id: plan.id, keep: true, reason: keepers.length > 0 ? 'kept_elsewhere' : 'only_here', keepers, files };
}

function fileOf({ storage, isBegun }: StorageWish, { keep, reason }: StorageWish['verdict']): FileVerdict {
  return { storage, keep, reason, isBegun };
}
