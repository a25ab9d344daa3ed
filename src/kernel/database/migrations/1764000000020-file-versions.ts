import type { MigrationInterface, QueryRunner } from 'typeorm';

/** In which state the file of a backup was known to have its checksum. */
export class FileVersions1764000000020 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups ADD COLUMN file_version text`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups DROP COLUMN file_version`);
  }
}
