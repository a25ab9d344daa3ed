import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Backups, restore runs and the maintenance switch. */
export class Backups1764000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Ids are drawn from the sequences before the row is written: the run's advisory lock, which bears the id, must be held first.
    await queryRunner.query(`CREATE SEQUENCE backup_id_seq`);
    await queryRunner.query(`
      CREATE TABLE backups (
        id bigint PRIMARY KEY,
        source text NOT NULL,
        trigger text NOT NULL,
        status text NOT NULL,
        label text,
        scope text[] NOT NULL,
        include_files boolean NOT NULL,
        requested_by text NOT NULL,
        storage_name text,
        origin_filename text,
        size_bytes bigint,
        checksum text,
        key_id text,
        error_code text,
        pinned boolean NOT NULL DEFAULT false,
        cancel_requested boolean NOT NULL DEFAULT false,
        verified_at timestamptz,
        progress jsonb,
        meta jsonb,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        finished_at timestamptz
      )`);
    await queryRunner.query(`CREATE INDEX backups_newest ON backups (created_at, id)`);
    await queryRunner.query(`CREATE INDEX backups_waiting ON backups (id) WHERE status IN ('queued', 'running')`);
    await queryRunner.query(`
      CREATE TABLE idempotency_keys (
        caller text,
        key text,
        request_hash text NOT NULL,
        backup_id bigint NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (caller, key)
      )`);
    await queryRunner.query(`CREATE SEQUENCE restore_run_id_seq`);
    await queryRunner.query(`
      CREATE TABLE restore_runs (
        id bigint PRIMARY KEY,
        backup_id bigint NOT NULL,
        status text NOT NULL,
        dry_run boolean NOT NULL,
        mode text NOT NULL,
        rollback_of bigint,
        scope text[],
        skip_safety_reason text,
        strategy text,
        requested_by text NOT NULL,
        cancel_requested boolean NOT NULL DEFAULT false,
        steps jsonb NOT NULL,
        logs jsonb NOT NULL,
        progress jsonb,
        journal jsonb,
        manifest jsonb,
        compatibility jsonb,
        size_bytes bigint,
        filename text,
        error_code text,
        rollback_until timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        finished_at timestamptz
      )`);
    await queryRunner.query(`CREATE INDEX restore_runs_newest ON restore_runs (created_at, id)`);
    // The database itself refuses a second real restore beside one that has not ended.
    await queryRunner.query(`
      CREATE UNIQUE INDEX restore_runs_one_real ON restore_runs (dry_run)
        WHERE NOT dry_run AND status IN ('queued', 'running')`);
    await queryRunner.query(`
      CREATE TABLE maintenance (
        id integer PRIMARY KEY CHECK (id = 1),
        restore_id bigint,
        since timestamptz
      )`);
    await queryRunner.query(`INSERT INTO maintenance (id) VALUES (1)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE maintenance, restore_runs, idempotency_keys, backups`);
    await queryRunner.query(`DROP SEQUENCE restore_run_id_seq, backup_id_seq`);
  }
}
