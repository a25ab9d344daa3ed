import type { RelationName } from '../../src/engine/postgres/server/relation-name';

/** Tables of the schema `public`. */
export function inPublic(...names: readonly string[]): RelationName[] {
  return names.map((name) => ({ schema: 'public', name }));
}
