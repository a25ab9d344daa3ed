import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Where each copy is and what it is called there, and when it was last read in full. What an earlier version has noted says neither: it
 * is forgotten; the copiers read what is there, and keep it.
 */
export class VerifiedCopies1764300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DELETE FROM backup_files;
      ALTER TABLE backup_files
        ADD COLUMN IF NOT EXISTS place text NOT NULL,
        ADD COLUMN IF NOT EXISTS storage_name text NOT NULL,
        ADD COLUMN verified_at timestamptz`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE backup_files DROP COLUMN verified_at, DROP COLUMN storage_name, DROP COLUMN place`);
  }
}
