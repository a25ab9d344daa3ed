import { present } from '../../engine/optional/present';
import { unlessEmpty } from '../../engine/optional/unless-empty';
import type { LeftOut } from '../../engine/postgres/load/left-out';
import type { ReplacedContent } from '../../engine/postgres/load/replace-content';

/** What of a backup could not be made, or not as it was, as a step's details name it; nothing when all was. */
export function leftOutDetails({
  foreignKeys,
  policies,
  userMappings,
  subscriptions,
  incomplete = [],
  underOwnPath = [],
}: LeftOut): Record<string, unknown> {
  return present({
    left_out_foreign_keys: unlessEmpty(foreignKeys),
    left_out_policies: unlessEmpty(policies),
    left_out_user_mappings: unlessEmpty(userMappings),
    left_out_incomplete: unlessEmpty(incomplete),
    subscriptions: unlessEmpty(subscriptions),
    made_under_own_search_path: unlessEmpty(underOwnPath),
  });
}

/** The same of content that was replaced in place, and what that has left elsewhere. */
export function replacedDetails(
  { leftOut, abandonedSlots }: ReplacedContent,
  missingRoles: readonly string[],
): Record<string, unknown> {
  return {
    ...leftOutDetails(leftOut),
    ...present({ abandoned_slots: unlessEmpty(abandonedSlots), owned_by_restoring_role: unlessEmpty(missingRoles) }),
  };
}
