import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Alerts that are on, and notices on their way. */
export class Notices1764000000005 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE alerts (
        name text PRIMARY KEY,
        message text NOT NULL,
        since timestamptz NOT NULL
      )`);
    await queryRunner.query(`
      CREATE TABLE notice_deliveries (
        id uuid NOT NULL,
        channel text NOT NULL,
        notice jsonb NOT NULL,
        attempts integer NOT NULL,
        next_attempt_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (id, channel)
      )`);
    await queryRunner.query(`ALTER TABLE plan ADD COLUMN retention_failures integer NOT NULL DEFAULT 0`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE plan DROP COLUMN retention_failures`);
    await queryRunner.query(`DROP TABLE notice_deliveries, alerts`);
  }
}
