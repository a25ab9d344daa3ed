import type { ArchiveEntry } from './archive-toc';
import { isSaying } from './dependants';
import { CAPTURED, IDENTIFIER, unquoted } from '../server/identifiers';
import type { RelationName } from '../server/relation-name';

/** An index or a key of an archive: what is built over the rows of a table. */
export interface IndexBuild {
  readonly table: RelationName;
  /** Its number in the archive. */
  readonly id: number;
  /** Numbers of the comments on it, which are lost when it is there and they are asked for without it. */
  readonly sayings: readonly number[];
  /** It needs nothing but the rows of its table. */
  readonly isIndependent: boolean;
  /** A constraint is made under a lock that keeps other sessions from building over the same table. */
  readonly isExclusive: boolean;
  /** Not a btree: it takes several times as long, and the server lends it no parallel workers. */
  readonly isSlow: boolean;
  /** It collects in memory what it will insert. */
  readonly isGin: boolean;
}

const RELATION = `${CAPTURED}\\.${CAPTURED}`;
const ADD_CONSTRAINT = `^ALTER TABLE (?:ONLY )?${RELATION}\\s+ADD CONSTRAINT `;
const FOREIGN_KEY = 'FK CONSTRAINT';
const ON_TABLE: Readonly<Record<string, RegExp>> = {
  INDEX: new RegExp(`^CREATE (?:UNIQUE )?INDEX ${IDENTIFIER} ON (?:ONLY )?${RELATION} `, 'm'),
  CONSTRAINT: new RegExp(ADD_CONSTRAINT, 'm'),
  [FOREIGN_KEY]: new RegExp(ADD_CONSTRAINT, 'm'),
};
const ALTERS_TABLE = /^ALTER TABLE /m;
const GIN = / USING gin \(/;
const SLOW_METHOD = / USING (?!btree|hash|brin)\w+ \(/;
/** A function or operator outside of `pg_catalog`: it may look at other tables, whatever it says of itself. */
const OWN_FUNCTION = new RegExp(`\\.${IDENTIFIER}\\(|OPERATOR\\(`);

/** Finds what is built over the tables of an archive, in its order. */
export class IndexBuildFinder {
  private readonly builds: IndexBuild[] = [];
  private readonly sayings = new Map<number, number[]>();

  add(entry: ArchiveEntry): void {
    const { id, type, sql, dependencies } = entry;
    if (isSaying(entry)) for (const of of dependencies) this.sayings.set(of, [...(this.sayings.get(of) ?? []), id]);
    const [, schema, name] = (ON_TABLE[type]?.exec(sql) ?? []).map(unquoted);
    if (schema === undefined || name === undefined) return;
    this.builds.push({
      table: { schema, name },
      id,
      sayings: [],
      // What follows the index in its entry, for instance that it is the table's replica identity, takes a lock as a constraint does.
      isExclusive: type !== 'INDEX' || ALTERS_TABLE.test(sql),
      isSlow: SLOW_METHOD.test(sql),
      isGin: GIN.test(sql),
      isIndependent: type !== FOREIGN_KEY && !OWN_FUNCTION.test(sql),
    });
  }

  found(): IndexBuild[] {
    return this.builds.map((build) => ({ ...build, sayings: this.sayings.get(build.id) ?? [] }));
  }
}
