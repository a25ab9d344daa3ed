import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What rehearsals that have kept their database would change in the target. */
export class RehearsalComparisons1764700000101 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE rehearsal_comparisons (
        run_id bigint PRIMARY KEY REFERENCES restore_runs ON DELETE CASCADE,
        status text NOT NULL,
        started_at timestamptz NOT NULL,
        finished_at timestamptz,
        table_count integer NOT NULL DEFAULT 0,
        definitions jsonb NOT NULL DEFAULT '[]',
        error_code text
      );
      CREATE TABLE rehearsal_comparison_tables (
        run_id bigint NOT NULL REFERENCES rehearsal_comparisons ON DELETE CASCADE,
        schema text NOT NULL,
        name text NOT NULL,
        is_in text NOT NULL,
        is_different boolean NOT NULL,
        counts jsonb NOT NULL,
        problem jsonb,
        sealed_keys bytea,
        PRIMARY KEY (run_id, schema, name)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE rehearsal_comparison_tables; DROP TABLE rehearsal_comparisons');
  }
}
