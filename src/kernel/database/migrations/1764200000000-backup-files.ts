import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Copies of backups in further storages. A backup that has no row for a storage is copied there. */
export class BackupFiles1764200000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE backup_files (
        backup_id bigint NOT NULL,
        storage text NOT NULL,
        state text NOT NULL,
        checksum text,
        attempts integer NOT NULL DEFAULT 0,
        error_code text,
        next_try_at timestamptz,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (backup_id, storage)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE backup_files`);
  }
}
