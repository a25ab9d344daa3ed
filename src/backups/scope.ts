/** The scope that means the whole database. */
export const WHOLE = 'ALL';

/** Scope names and their tables in schema `public`. */
export type ScopeMap = ReadonlyMap<string, readonly string[]>;

/**
 * Brings a requested scope into its one written form: `["ALL"]`, or known names, sorted, each once.
 *
 * @returns the scope, or the names that the scope map does not have (`ALL` beside others counts as one of them)
 */
export function normalizeScope(
  requested: readonly string[] | undefined,
  scopes: ScopeMap,
): { scope: string[] } | { unknown: string[] } {
  if (requested === undefined || requested.length === 0) return { scope: [WHOLE] };
  if (requested.every((name) => name === WHOLE)) return { scope: [WHOLE] };
  const unknown = requested.filter((name) => !scopes.has(name));
  if (unknown.length > 0) return { unknown: [...new Set(unknown)] };
  return { scope: [...new Set(requested)].sort() };
}

/** The tables of a normalized scope; `undefined` for the whole database. */
export function tablesOf(scope: readonly string[], scopes: ScopeMap): string[] | undefined {
  if (scope.includes(WHOLE)) return undefined;
  return [...new Set(scope.flatMap((name) => scopes.get(name) ?? []))];
}
