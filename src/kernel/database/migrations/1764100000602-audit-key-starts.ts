import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The record of the audit log from which on each configured signing key counts alone. */
export class AuditKeyStarts1764100000602 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit_key_starts (
        key_id text PRIMARY KEY,
        seq bigint NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE audit_key_starts`);
  }
}
