import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether retention has taken the file of a backup from the first storage, while a further one keeps it. */
export class FirstExpiry1764720000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups ADD COLUMN first_expiry text`);
  }

  /** To an earlier version, a file that is not in the first storage is missing, and a copy that expired is to be made. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE backups SET file_fault = 'missing' WHERE first_expiry IS NOT NULL`);
    await queryRunner.query(`ALTER TABLE backups DROP COLUMN first_expiry`);
    await queryRunner.query(`DELETE FROM backup_files WHERE state IN ('removing', 'expired')`);
  }
}
