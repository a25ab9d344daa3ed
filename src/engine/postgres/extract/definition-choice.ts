import { visible } from '../../bytes/visible-text';
import { ContainerError } from '../../container/format/container-error';
import type { ArchiveEntry } from '../archive/archive-toc';
import { isAmong, type RelationName } from '../server/relation-name';

/** An entry of an archive, without its text. */
export interface DefinedEntry extends Pick<ArchiveEntry, 'id' | 'type' | 'schema' | 'name' | 'dependencies'> {
  /** It cannot be made where a role is missing. */
  readonly namesRoles: boolean;
}

/** What belongs to a table, and what of it cannot be made without other tables or roles. */
export interface DefinitionChoice {
  readonly ids: ReadonlySet<number>;
  readonly sequences: readonly RelationName[];
  /** In words for people, without characters that are not seen. */
  readonly leftOut: readonly string[];
}

const RELATIONS: ReadonlySet<string> = new Set(['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW']);
/** There before the table, perhaps; what is said of them is for their owners to say. */
const SHARED: ReadonlySet<string> = new Set(['SCHEMA', 'EXTENSION']);
const ATTACH = 'TABLE ATTACH';
/** What is made for a table, beside what the table cannot be made without. Rights and labels are not. */
const BELONGING: ReadonlySet<string> = new Set([
  'CHECK CONSTRAINT',
  'COMMENT',
  'CONSTRAINT',
  'DEFAULT',
  'FK CONSTRAINT',
  'INDEX',
  'INDEX ATTACH',
  'POLICY',
  'ROW SECURITY',
  'RULE',
  'SEQUENCE',
  'SEQUENCE OWNED BY',
  'STATISTICS',
  'TRIGGER',
  ATTACH,
]);

/**
 * Chooses the definitions of one table out of those of a database, by what the archive says of who needs whom.
 *
 * @param entries all of the archive
 * @param tables one table; or a partitioned one, first, and its partitions. A partition alone is a table like others
 * @throws ContainerError when the archive does not define one of them
 */
export function chooseDefinitions(entries: readonly DefinedEntry[], tables: readonly RelationName[]): DefinitionChoice {
  const links = new Links(entries, tables.length === 1);
  const isOrdered = isAmong(tables);
  const own = new Set(entries.filter((entry) => entry.type === 'TABLE' && isOrdered(entry)).map(({ id }) => id));
  if (own.size !== tables.length) throw new ContainerError('index_mismatch', 'A table is not defined in the archive.');
  for (const id of own) for (const parent of links.parentsOf(id)) own.add(parent);
  const ids = links.neededBy(own);
  const leftOut = new Set<DefinedEntry>();
  // What is added while the set is gone through is gone through, too.
  for (const id of ids) {
    const entry = links.get(id);
    if (entry === undefined || SHARED.has(entry.type) || (RELATIONS.has(entry.type) && !own.has(id))) continue;
    for (const belonging of links.belongingTo(id)) {
      const needed = links.neededBy([belonging.id]);
      const isPossible = !belonging.namesRoles && [...needed].every((one) => ids.has(one) || !links.isRelation(one));
      if (isPossible) for (const one of needed) ids.add(one);
      else leftOut.add(belonging);
    }
  }
  const sequences = entries.filter(({ id, type }) => type === 'SEQUENCE' && ids.has(id));
  return { ids, sequences, leftOut: [...leftOut].map(inWords) };
}

/** Which entries need which. */
class Links {
  private readonly byId: ReadonlyMap<number, DefinedEntry>;
  private readonly schemas: ReadonlyMap<string, number>;
  private readonly belonging = new Map<number, DefinedEntry[]>();
  /** Of partitions, as far as attaching them is an entry of its own. */
  private readonly parents = new Map<number, number[]>();

  constructor(
    entries: readonly DefinedEntry[],
    private readonly isAlone: boolean,
  ) {
    this.byId = new Map(entries.map((entry) => [entry.id, entry]));
    this.schemas = new Map(entries.flatMap(({ id, type, name }) => (type === 'SCHEMA' ? [[name, id] as const] : [])));
    for (const entry of entries) {
      if (!BELONGING.has(entry.type)) continue;
      for (const id of entry.dependencies) {
        const others = this.belonging.get(id);
        if (others === undefined) this.belonging.set(id, [entry]);
        else others.push(entry);
      }
      if (entry.type === ATTACH) this.addAttached(entry);
    }
  }

  get(id: number): DefinedEntry | undefined {
    return this.byId.get(id);
  }

  isRelation(id: number): boolean {
    return RELATIONS.has(this.byId.get(id)?.type ?? '');
  }

  belongingTo(id: number): readonly DefinedEntry[] {
    return this.belonging.get(id) ?? [];
  }

  /** The tables that a partition belongs to; none for one that is wanted alone. */
  parentsOf(id: number): readonly number[] {
    return this.isAlone ? [] : (this.parents.get(id) ?? []);
  }

  /** Some entries, and all that they need, at whatever distance. */
  neededBy(ids: Iterable<number>): Set<number> {
    const found = new Set(ids);
    for (const id of found) {
      const entry = this.byId.get(id);
      if (entry === undefined) continue;
      const schema = this.schemas.get(entry.schema);
      if (schema !== undefined) found.add(schema);
      const others = this.isAlone ? (this.parents.get(id) ?? []) : [];
      for (const other of entry.dependencies) if (this.byId.has(other) && !others.includes(other)) found.add(other);
    }
    return found;
  }

  private addAttached({ schema, name, dependencies }: DefinedEntry): void {
    const tables = dependencies.flatMap((id) => this.byId.get(id) ?? []).filter(({ type }) => type === 'TABLE');
    const partition = tables.find((table) => table.schema === schema && table.name === name);
    if (partition === undefined) return;
    this.parents.set(
      partition.id,
      tables.filter((table) => table !== partition).map(({ id }) => id),
    );
  }
}

function inWords({ type, schema, name, namesRoles }: DefinedEntry): string {
  const why = namesRoles ? 'it names roles' : 'it needs other tables';
  return visible(`${type} ${schema === '' ? '' : `${schema}.`}${name}: ${why}`);
}
