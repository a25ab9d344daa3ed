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
  readonly signal: AbortSignal;
}

/** A run that loads a backup. */
export interface LoadOrder extends RestoreOrder {
  readonly backup: CheckedBackup;
}

/**
 * One way to restore. What it does is in its method `run`: everything that is done to the server is in the journal before it is
 * done, and the error that ends it is thrown once the target has been given back, or as an UnsettledError when it could not be.
 * The state of a run is in its journal and its row, never in a strategy, which all runs share.
 */
export abstract class RestoreStrategy<J extends Journal = Journal> implements Recoverer {
  /** As the row of a run and the answers name it. */
  abstract readonly name: string;

  /** Whether a journal is of a run of this strategy. */
  abstract wrote(journal: Journal): journal is J;

  /** Gives the target back when a run is cut short. */
  abstract recover(runId: number, journal: J): Promise<GivenBack>;
}

/** A strategy that loads a backup, which is compared with the server before it begins. */
export abstract class LoadingStrategy<J extends Journal = Journal> extends RestoreStrategy<J> implements RestoreWay {
  abstract readonly makesDatabase: boolean;
  abstract readonly loadsDefinitions: boolean;

  /** What is to be known of this way, besides what holds for every restore. Changes nothing. */
  abstract findings(question: Question): Promise<Finding[]>;

  /** Carries out what follows the reading steps. */
  abstract run(order: LoadOrder): Promise<void>;
}
