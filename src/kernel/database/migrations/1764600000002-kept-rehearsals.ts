import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How long the database of a rehearsal is kept, and which run has put one in the place of the target. */
export class KeptRehearsals1764600000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE restore_runs
        ADD COLUMN keep_hours integer,
        ADD COLUMN kept_until timestamptz,
        ADD COLUMN promotion_of bigint`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE restore_runs DROP COLUMN promotion_of, DROP COLUMN kept_until, DROP COLUMN keep_hours`);
  }
}
