import { keyOf, type RelationName } from '../server/relation-name';

/** How many rows the server has counted while they were copied into tables, part by part. */
export class CountedRows {
  private readonly rows = new Map<string, number>();

  add(table: RelationName, rows: number): void {
    this.rows.set(keyOf(table), this.of(table) + rows);
  }

  of(table: RelationName): number {
    return this.rows.get(keyOf(table)) ?? 0;
  }
}
