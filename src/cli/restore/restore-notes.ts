import type { LeftOut } from '../../engine/postgres/load/left-out';
import type { ComparedViews } from '../../engine/postgres/check/verify-views';

/** Lines about what is there after a restore, but not as it was. */
export function notesOn({ subscriptions, underOwnPath = [] }: LeftOut, views: ComparedViews): string[] {
  const { views_differ: differ = [], views_not_populated: empty = [] } = views;
  return [
    ...(underOwnPath.length === 0
      ? []
      : [
          `these could be made under the database's own search_path only, because functions in them name others without their schema: ${underOwnPath.join(', ')}`,
        ]),
    ...(differ.length === 0
      ? []
      : [
          `these materialized views were made anew and have another number of rows than in the backup: ${named(differ, views.views_differ_count)}`,
        ]),
    ...(empty.length === 0
      ? []
      : [
          `these materialized views have no rows, because they read a view without rows: ${named(empty, views.views_not_populated_count)}`,
        ]),
    ...(subscriptions.length === 0
      ? []
      : [
          `these subscriptions are disabled and have no slot: ${subscriptions.join(', ')}; each slot at its publisher keeps WAL until you enable the subscription again or drop the slot (docs/restore.md, "Subscriptions")`,
        ]),
  ];
}

function named(names: readonly string[], count = names.length): string {
  const others = count - names.length;
  return `${names.join(', ')}${others === 0 ? '' : ` and ${others} more`}`;
}
