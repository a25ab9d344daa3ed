import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is wrong with the file of a backup that was made well: it was an error code beside the status `success`. */
export class FileFaults1764100002000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups ADD COLUMN file_fault text`);
    await queryRunner.query(`
      UPDATE backups
         SET file_fault = CASE error_code WHEN 'backups.file_missing' THEN 'missing' WHEN 'backups.checksum_mismatch' THEN 'changed' END,
             error_code = NULL
       WHERE status = 'success' AND error_code IS NOT NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      UPDATE backups
         SET error_code = CASE file_fault WHEN 'missing' THEN 'backups.file_missing' ELSE 'backups.checksum_mismatch' END
       WHERE file_fault IS NOT NULL`);
    await queryRunner.query(`ALTER TABLE backups DROP COLUMN file_fault`);
    // What was found has other names since this version; an earlier one would send them as they are.
    await queryRunner.query(`UPDATE restore_runs SET compatibility = NULL WHERE compatibility ? 'serverVersion'`);
  }
}
