import type { LeftOut } from '../engine/postgres/left-out';

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
