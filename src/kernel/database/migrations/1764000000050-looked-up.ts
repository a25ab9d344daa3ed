import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is looked up among a hundred thousand backups: a file that is imported, the newest that was verified. */
export class LookedUp1764000000050 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX backups_checksum ON backups (checksum)`);
    await queryRunner.query(`CREATE INDEX backups_verified ON backups (verified_at) WHERE verified_at IS NOT NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX backups_verified`);
    await queryRunner.query(`DROP INDEX backups_checksum`);
  }
}
