import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests whose record is still to be written, and what the log was when a backup was made. */
export class AuditIntents1764000000021 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit_intents (
        id uuid PRIMARY KEY,
        at timestamptz NOT NULL,
        entry jsonb NOT NULL
      )`);
    await queryRunner.query(`ALTER TABLE backups ADD COLUMN audit_head jsonb`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups DROP COLUMN audit_head`);
    await queryRunner.query(`DROP TABLE audit_intents`);
  }
}
