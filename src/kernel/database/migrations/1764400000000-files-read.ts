import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When the file of a backup in the first storage was last read in full, and in which state it was found damaged. */
export class FilesRead1764400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups ADD COLUMN damaged_version text, ADD COLUMN file_read_at timestamptz`);
  }

  /** An earlier version does not know of damage that leaves the size as it is. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE backups SET file_fault = 'changed' WHERE file_fault = 'damaged'`);
    await queryRunner.query(`ALTER TABLE backups DROP COLUMN file_read_at, DROP COLUMN damaged_version`);
  }
}
