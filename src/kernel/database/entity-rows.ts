import type { ObjectLiteral, Repository, ValueTransformer } from 'typeorm';

/** What is wanted of a table, as SQL. */
interface Wanted {
  /** A condition; its values are `$1` and so on. */
  readonly where: string;
  readonly values: readonly unknown[];
}

/** Some of the rows that are wanted. */
export interface WantedPage extends Wanted {
  readonly order: string;
  readonly limit: number;
  readonly offset: number;
  /** An expression for the number of all rows that are wanted; without it they are counted. */
  readonly total?: string;
}

/** A property of an entity, and its column. */
interface Property {
  readonly name: string;
  readonly column: string;
  readonly transformers: readonly ValueTransformer[];
}

/**
 * Reads entities by statements of our own. TypeORM writes a statement anew for each question and makes entities column by column
 * from aliases: for what pages poll, that costs more than the question. Values are what the driver makes of them, with the
 * transformers of the columns.
 */
export class EntityRows<T extends ObjectLiteral & { readonly id: number }> {
  private readonly columns: string;
  private readonly table: string;
  private readonly prototype: object;
  private readonly properties: readonly Property[];

  constructor(private readonly repository: Repository<T>) {
    const { metadata, manager } = repository;
    const { driver } = manager.dataSource;
    this.table = driver.escape(metadata.tableName);
    this.columns = metadata.columns.map(({ databaseName }) => driver.escape(databaseName)).join(', ');
    this.prototype = metadata.inheritanceTree[0]?.prototype as object;
    this.properties = metadata.columns.map(({ propertyName, databaseName, transformer }) => ({
      name: propertyName,
      column: databaseName,
      // Values are read in the opposite order of writing.
      transformers: [transformer ?? []].flat().toReversed(),
    }));
  }

  async byId(id: number): Promise<T | undefined> {
    const rows = await this.query(`SELECT ${this.columns} FROM ${this.table} WHERE id = $1`, [id]);
    return rows.map((row) => this.entityOf(row))[0];
  }

  /** In one question. */
  async page({ where, values, order, limit, offset, total }: WantedPage): Promise<{ items: T[]; total: number }> {
    const all = total ?? `SELECT count(*) FROM ${this.table} WHERE ${where}`;
    const [from, to] = [values.length + 1, values.length + 2];
    const rows = await this.query(
      `SELECT ${this.columns}, (${all}) AS "#total" FROM ${this.table} WHERE ${where} ORDER BY ${order} LIMIT $${from} OFFSET $${to}`,
      [...values, limit, offset],
    );
    const counted =
      rows.length > 0 ? rows : await this.query(`SELECT (${all}) AS "#total"`, total === undefined ? values : []);
    return { items: rows.map((row) => this.entityOf(row)), total: Number(counted[0]?.['#total']) };
  }

  private query(statement: string, values: readonly unknown[]): Promise<Record<string, unknown>[]> {
    return this.repository.query(statement, [...values]);
  }

  private entityOf(row: Record<string, unknown>): T {
    const entity = Object.create(this.prototype) as Record<string, unknown>;
    for (const { name, column, transformers } of this.properties) {
      let value = row[column];
      for (const transformer of transformers) value = transformer.from(value);
      entity[name] = value;
    }
    return entity as T;
  }
}
