import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Proves that an intent was written by the service. Each of those that are left by the earlier version is recorded as not proven. */
export class IntentMacs1764100000601 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE audit_intents ADD COLUMN mac text`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE audit_intents DROP COLUMN mac`);
  }
}
