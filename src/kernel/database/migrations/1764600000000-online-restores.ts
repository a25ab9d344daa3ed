import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which restores load their backup while the target is open. */
export class OnlineRestores1764600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE restore_runs ADD COLUMN online boolean NOT NULL DEFAULT false');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE restore_runs DROP COLUMN online');
  }
}
