import type { Journal } from '../record/journal';
import type { LeftoverItem } from '../leftovers/leftover';

/** Which content the target has, whole in either case. */
export type TargetState = 'old' | 'new';

/** A target that is open again, and what the run has left. */
export interface GivenBack {
  readonly state: TargetState;
  readonly left: readonly LeftoverItem[];
}

/** Gives the target back after a run that ended anywhere, by what its journal says. */
export interface Recoverer {
  /**
   * Opens the target. May be repeated, even if it was cut short itself.
   *
   * @throws UnsettledError when the server cannot be reached or refuses; then it is to be tried again
   */
  recover(runId: number, journal: Journal): Promise<GivenBack>;
}
