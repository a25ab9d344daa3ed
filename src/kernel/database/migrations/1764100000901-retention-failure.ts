import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Why the latest sweep could not remove a backup, beside how many it could not. */
export class RetentionFailure1764100000901 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE plan ADD COLUMN retention_failure jsonb`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE plan DROP COLUMN retention_failure`);
  }
}
