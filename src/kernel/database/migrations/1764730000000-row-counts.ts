import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many rows a backup has: counted when they are many, it would have to be read out of each description. */
export class RowCounts1764730000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups ADD COLUMN row_count bigint`);
    // Descriptions of imported files say what their makers wanted: what is no number counts as none.
    await queryRunner.query(`
      UPDATE backups SET row_count = (
        SELECT least(sum(floor((value #>> '{}')::numeric)), 9007199254740991)
          FROM jsonb_each(meta -> 'entity_counts') WHERE jsonb_typeof(value) = 'number')
       WHERE jsonb_typeof(meta -> 'entity_counts') = 'object'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups DROP COLUMN row_count`);
  }
}
