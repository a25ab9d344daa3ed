import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Further storages that are away: until when no replica asks anything of them, and how often they were asked in vain. */
export class StoragePauses1764510000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE storage_pauses (
        storage text PRIMARY KEY,
        place text NOT NULL,
        error_code text NOT NULL,
        attempts integer NOT NULL,
        since timestamptz NOT NULL,
        until timestamptz NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE storage_pauses`);
  }
}
