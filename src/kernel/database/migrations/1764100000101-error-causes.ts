import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the server, a program or the system said when a backup failed. */
export class ErrorCauses1764100000101 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups ADD COLUMN error_cause jsonb`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups DROP COLUMN error_cause`);
  }
}
