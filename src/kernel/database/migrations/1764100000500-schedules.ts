import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Schedules by hours and by cron expressions, and retention in tiers. */
export class Schedules1764100000500 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE plan
        ADD COLUMN schedule_interval_hours integer NOT NULL DEFAULT 1,
        ADD COLUMN schedule_cron text NOT NULL DEFAULT '',
        ADD COLUMN keep_daily integer NOT NULL DEFAULT 0,
        ADD COLUMN keep_weekly integer NOT NULL DEFAULT 0,
        ADD COLUMN keep_monthly integer NOT NULL DEFAULT 0,
        ADD COLUMN keep_yearly integer NOT NULL DEFAULT 0`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE plan
        DROP COLUMN schedule_interval_hours, DROP COLUMN schedule_cron,
        DROP COLUMN keep_daily, DROP COLUMN keep_weekly, DROP COLUMN keep_monthly, DROP COLUMN keep_yearly`);
  }
}
