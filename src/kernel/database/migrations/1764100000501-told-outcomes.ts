import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which scheduled backups and restore tests have been told of. What there is already counts as told: it is no news. */
export class ToldOutcomes1764100000501 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE told_outcomes (
        outcome text NOT NULL,
        id bigint NOT NULL,
        state text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (outcome, id, state)
      )`);
    for (const [state, statuses] of [
      ['started', `'running', 'success', 'failed'`],
      ['succeeded', `'success'`],
      ['failed', `'failed'`],
    ]) {
      await queryRunner.query(`
        INSERT INTO told_outcomes (outcome, id, state, at)
        SELECT 'scheduled_backup', id, '${state}', created_at FROM backups
         WHERE trigger = 'scheduled' AND status IN (${statuses})
        UNION ALL
        SELECT 'restore_test', id, '${state}', created_at FROM restore_runs
         WHERE mode = 'rehearse' AND requested_by = 'scheduler' AND status IN (${statuses})`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE told_outcomes`);
  }
}
