import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What runs have left on the target's server or beside the application's files, until it is gone. */
export class Leftovers1764100000100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE restore_leftovers (
        run_id bigint NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        item jsonb NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        reason text,
        since timestamptz NOT NULL,
        next_attempt_at timestamptz NOT NULL,
        PRIMARY KEY (run_id, kind, name)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE restore_leftovers`);
  }
}
