import type { components } from '../../api/schema';

export type Scope = Exclude<NonNullable<components['schemas']['CreateBackupDto']['scope']>[number], 'ALL'>;

/** The scopes that the API document names. */
export const SCOPES = [
  'docs',
  'tasks',
  'incidents',
  'reports',
  'monitoring',
  'controls',
  'approvals',
  'accounts',
] as const satisfies readonly Scope[];

/** Names as the API takes them; others cannot be chosen on the page. */
export function knownScopes(names: readonly string[]): Scope[] {
  return SCOPES.filter((scope) => names.includes(scope));
}
