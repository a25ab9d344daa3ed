import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When each copy was last read in full. Without that it counts from when it was made. */
export class VerifiedCopies1764300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE backup_files ADD COLUMN verified_at timestamptz');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE backup_files DROP COLUMN verified_at');
  }
}
