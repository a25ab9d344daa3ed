import type { LeftOut } from '../../engine/postgres/load/left-out';
import type { ReplacedContent } from '../../engine/postgres/load/replace-content';

/** What of a backup could not be made, or not as it was, as a step's details name it; nothing when all was. */
export function leftOutDetails({
  foreignKeys,
  policies,
  userMappings,
  subscriptions,
  incomplete = [],
}: LeftOut): Record<string, unknown> {
  return {
    ...(foreignKeys.length === 0 ? {} : { left_out_foreign_keys: foreignKeys }),
    ...(policies.length === 0 ? {} : { left_out_policies: policies }),
    ...(userMappings.length === 0 ? {} : { left_out_user_mappings: userMappings }),
    ...(incomplete.length === 0 ? {} : { left_out_incomplete: incomplete }),
    ...(subscriptions.length === 0 ? {} : { subscriptions }),
  };
}

/** The same of content that was replaced in place, and what that has left elsewhere. */
export function replacedDetails(
  { leftOut, abandonedSlots }: ReplacedContent,
  missingRoles: readonly string[],
): Record<string, unknown> {
  return {
    ...leftOutDetails(leftOut),
    ...(abandonedSlots.length === 0 ? {} : { abandoned_slots: abandonedSlots }),
    ...(missingRoles.length === 0 ? {} : { owned_by_restoring_role: missingRoles }),
  };
}
