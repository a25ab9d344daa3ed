import { isRecord } from '../../api/narrow';
import type { RestoreRun as Run } from '../../api/types';

/** Members of a step's details that name what did not come back, or not as it was; docs/restore.md has their meaning. */
const KINDS = [
  'left_out_incomplete',
  'left_out_foreign_keys',
  'left_out_policies',
  'left_out_user_mappings',
  'left_out_files',
  'files_not_restored',
  'subscriptions',
  'abandoned_slots',
  'owned_by_restoring_role',
  'settings_not_made',
  'made_under_own_search_path',
  'not_rehearsed',
  'views_differ',
  'views_not_populated',
  'tables_without_statistics',
] as const;

type LeftOutKind = (typeof KINDS)[number];

/** What of one kind did not come back. */
export interface LeftOut {
  readonly kind: LeftOutKind;
  /** Names, or sentences of the service; none where there is nothing to name. */
  readonly names: readonly string[];
}

/** Everything that did not come back, in the order of its weight. */
export function leftOutOf({ steps }: Pick<Run, 'steps'>): readonly LeftOut[] {
  return KINDS.flatMap((kind) => {
    const values = steps.map(({ details }) => details?.[kind]).filter(isSomething);
    return values.length === 0 ? [] : [{ kind, names: values.flatMap(namesIn) }];
  });
}

function isSomething(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}

function namesIn(value: unknown): readonly string[] {
  if (value === true) return [];
  const members: readonly unknown[] = Array.isArray(value) ? value : [value];
  return members.map(nameOf);
}

function nameOf(member: unknown): string {
  if (!isRecord(member)) return String(member);
  return Object.entries(member)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(', ');
}
