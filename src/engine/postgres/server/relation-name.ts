import pg from 'pg';

/** A qualified name, unquoted. */
export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

/** For maps and sets: the same for the same name, whatever is in it. */
export function keyOf({ schema, name }: RelationName): string {
  return JSON.stringify([schema, name]);
}

/** Whether a relation is among some, by name. */
export function isAmong(relations: readonly RelationName[]): (relation: RelationName) => boolean {
  const keys = new Set(relations.map(keyOf));
  return (relation) => keys.has(keyOf(relation));
}

/** A name as SQL takes it. */
export function qualified({ schema, name }: RelationName): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
}
