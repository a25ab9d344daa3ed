import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As of when retention has judged; what the latest look at the storage and the latest rescan have found. */
export class Retention1764000000030 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE plan ADD COLUMN retention_as_of timestamptz`);
    await queryRunner.query(`
      CREATE TABLE storage_check (
        id integer PRIMARY KEY CHECK (id = 1),
        checked_at timestamptz NOT NULL,
        unknown_files integer NOT NULL,
        missing_files integer NOT NULL
      )`);
    await queryRunner.query(`
      CREATE TABLE rescan (
        id integer PRIMARY KEY CHECK (id = 1),
        status text NOT NULL,
        requested_by text NOT NULL,
        progress jsonb,
        result jsonb NOT NULL,
        error_code text,
        started_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        finished_at timestamptz
      )`);
    // One file, one backup: of two rows for one file the removal of either would take the file of both.
    await queryRunner.query(`CREATE UNIQUE INDEX backups_storage_name ON backups (storage_name)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX backups_storage_name`);
    await queryRunner.query(`DROP TABLE rescan, storage_check`);
    await queryRunner.query(`ALTER TABLE plan DROP COLUMN retention_as_of`);
  }
}
