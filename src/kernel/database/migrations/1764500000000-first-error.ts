import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Why the first storage did not take a backup, which was written to a further one instead. */
export class FirstError1764500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups ADD COLUMN first_error text`);
  }

  /** To an earlier version, a file that is not in the first storage is missing. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE backups SET file_fault = 'missing' WHERE first_error IS NOT NULL`);
    await queryRunner.query(`ALTER TABLE backups DROP COLUMN first_error`);
  }
}
