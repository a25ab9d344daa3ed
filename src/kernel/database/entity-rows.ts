import type { ObjectLiteral, Repository } from 'typeorm';

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

/**
 * Reads entities by statements of our own. TypeORM writes a statement anew for each question and makes entities column by column
 * from aliases: for what pages poll, that costs more than the question. Values are what the driver makes of them, with the
 * transformers of the columns.
 */
export class EntityRows<T extends ObjectLiteral & { readonly id: number }> {
  private readonly columns: string;
  private readonly table: string;

  constructor(private readonly repository: Repository<T>) {
    const { metadata, manager } = repository;
    const { driver } = manager.dataSource;
    this.table = driver.escape(metadata.tableName);
    this.columns = metadata.columns.map(({ databaseName }) => driver.escape(databaseName)).join(', ');
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
    const { metadata, manager } = this.repository;
    const { driver } = manager.dataSource;
    const values: Record<string, unknown> = {};
    for (const column of metadata.columns) {
      const value = row[column.databaseName];
      values[column.propertyName] =
        column.transformer === undefined ? value : driver.prepareHydratedValue(value, column);
    }
    return Object.assign(this.repository.create(), values);
  }
}
