import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The plan, the due times it has had, and the mark of backups that are being removed. */
export class Plan1764000000003 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE plan (
        id integer PRIMARY KEY CHECK (id = 1),
        enabled boolean NOT NULL,
        schedule_type text NOT NULL,
        schedule_weekday integer NOT NULL,
        schedule_hour integer NOT NULL,
        schedule_minute integer NOT NULL,
        schedule_month_anchor text NOT NULL,
        schedule_timezone text NOT NULL,
        retention_days integer NOT NULL,
        keep_last_successful integer NOT NULL,
        include_files boolean NOT NULL,
        effective_from timestamptz NOT NULL,
        last_auto_run_at timestamptz,
        last_retention_at timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      )`);
    await queryRunner.query(`
      CREATE TABLE due_runs (
        due_at timestamptz PRIMARY KEY,
        state text NOT NULL,
        attempts integer NOT NULL,
        backup_id bigint,
        next_attempt_at timestamptz NOT NULL
      )`);
    await queryRunner.query(`ALTER TABLE backups ADD COLUMN removing text`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups DROP COLUMN removing`);
    await queryRunner.query(`DROP TABLE due_runs, plan`);
  }
}
