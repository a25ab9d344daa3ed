import type { RelationName } from '../../engine/postgres/server/relation-name';
import { AppError } from '../../kernel/errors/app-error';

/** The scope that means the whole database. */
export const WHOLE = 'ALL';

/** The scope of a backup that holds single tables, which its file names. No scope of a configuration is in capitals. */
export const SINGLE_TABLES = 'TABLES';

/** Scope names and their tables in schema `public`. */
type ScopeMap = ReadonlyMap<string, readonly string[]>;

/**
 * Brings a requested scope into its one written form: `["ALL"]`, or known names, sorted, each once.
 *
 * @returns the scope, and its tables unless it is the whole database
 * @throws AppError `backups.invalid_request` for names that the scope map does not have (`ALL` beside others counts as one
 *   of them)
 */
export function scopeOf(
  requested: readonly string[] | undefined,
  scopes: ScopeMap,
): { scope: string[]; tables: readonly RelationName[] | undefined } {
  if (requested === undefined || requested.every((name) => name === WHOLE))
    return { scope: [WHOLE], tables: undefined };
  const unknown = requested.filter((name) => !scopes.has(name));
  if (unknown.length > 0) {
    throw new AppError('backups.invalid_request', { details: { field: 'scope', unknown: [...new Set(unknown)] } });
  }
  const scope = [...new Set(requested)].sort();
  return { scope, tables: tablesOf(scope, scopes) };
}

/** The tables of a scope in its written form; `undefined` for the whole database. */
export function tablesOf(scope: readonly string[], scopes: ScopeMap): RelationName[] | undefined {
  if (scope.includes(WHOLE)) return undefined;
  const names = new Set(scope.flatMap((name) => scopes.get(name) ?? []));
  return [...names].map((name) => ({ schema: 'public', name }));
}
