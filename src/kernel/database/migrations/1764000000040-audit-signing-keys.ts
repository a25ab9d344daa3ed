import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every key that has signed the audit log, sealed by the key of the backups. */
export class AuditSigningKeys1764000000040 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit_signing_keys (
        id text PRIMARY KEY,
        sealed_by text NOT NULL,
        sealed bytea NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE audit_signing_keys`);
  }
}
