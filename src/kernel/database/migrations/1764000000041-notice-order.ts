import type { MigrationInterface, QueryRunner } from 'typeorm';

/** In which order notices have come up, and what a look at each backup has found. */
export class NoticeOrder1764000000041 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE notice_deliveries ADD COLUMN seq bigserial NOT NULL`);
    await queryRunner.query(`ALTER TABLE backups ADD COLUMN suspicion text`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE backups DROP COLUMN suspicion`);
    await queryRunner.query(`ALTER TABLE notice_deliveries DROP COLUMN seq`);
  }
}
