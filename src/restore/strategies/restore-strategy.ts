import type { Archive } from '../../engine/postgres/archive/archive';
import type { Finding } from '../../engine/findings/finding';
import type { Compatibility, RestoreWay, Question } from '../../engine/postgres/check/preflight';
import type { PostgresTools } from '../../engine/postgres/server/tools';
import type { GivenBack, Recoverer } from '../parts/given-back';
import type { Journal } from '../record/journal';
import type { RunRecorder } from '../record/run-recorder';

/** A backup that has been verified and compared with the target. */
export interface CheckedBackup {
  readonly archive: Archive;
  readonly compatibility: Compatibility;
  /** They can read the backup, and the server takes what they write. */
  readonly tools: PostgresTools;
}

/** A run that a strategy carries out. */
export interface RestoreOrder {
  readonly recorder: RunRecorder;
  /** Absent in a run that loads none. */
  readonly backup: CheckedBackup | undefined;
  readonly signal: AbortSignal;
}

/**
 * One way to restore: what has to be known before it begins, how it is carried out, and how the target is given back when that is
 * cut short. The state of a run is in its journal and its row, never in a strategy, which all runs share.
 */
export abstract class RestoreStrategy<J extends Journal = Journal> implements RestoreWay, Recoverer {
  /** As the row of a run and the answers name it. */
  abstract readonly name: string;
  abstract readonly makesDatabase: boolean;
  abstract readonly loadsDefinitions: boolean;

  /** What is to be known of this way, besides what holds for every restore. Changes nothing. */
  abstract findings(question: Question): Promise<Finding[]>;

  /**
   * Carries out what follows the reading steps. Everything that is done to the server is in the journal before it is done.
   *
   * @throws the error that ended it, once the target has been given back; UnsettledError when it could not be
   */
  abstract run(order: RestoreOrder): Promise<void>;

  /** Whether a journal is of a run of this strategy. */
  abstract wrote(journal: Journal): journal is J;

  abstract recover(runId: number, journal: J): Promise<GivenBack>;
}

/** The backup of a run that loads one. */
export function backupOf({ backup }: RestoreOrder): CheckedBackup {
  if (backup === undefined) throw new Error('this run has read no backup');
  return backup;
}
