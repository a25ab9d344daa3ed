import type { LeftoverItem } from '../leftovers/leftover';
import { type ScratchJournal, type SwapJournal, roleOwner } from '../record/journal';

/** The roles that a run has made only to load what mentions them. */
export function leftRoles(runId: number, { roles = [] }: SwapJournal | ScratchJournal): LeftoverItem[] {
  return roles.length === 0 ? [] : [{ kind: 'roles', roles, owner: roleOwner(runId) }];
}
