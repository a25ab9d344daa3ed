import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the server, a program or the system said, beside the sentence of an alert. */
export class AlertCauses1764100000900 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE alerts ADD COLUMN cause text`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE alerts DROP COLUMN cause`);
  }
}
