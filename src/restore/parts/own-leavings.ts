import type { LeftoverItem } from '../leftovers/leftover';
import { type LoadedJournal, roleOwner } from '../record/journal';

/** The roles that a run has made only to load what mentions them. */
export function leftRoles(runId: number, { roles = [] }: LoadedJournal): LeftoverItem[] {
  return roles.length === 0 ? [] : [{ kind: 'roles', roles, owner: roleOwner(runId) }];
}
