import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Numbers that only grow, whatever becomes of the rows that they were counted from. */
export class Counters1764000000004 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE counters (
        name text,
        label text,
        value double precision NOT NULL,
        changed_at timestamptz NOT NULL,
        PRIMARY KEY (name, label)
      )`);
    await queryRunner.query(`
      CREATE FUNCTION count_up(counter text, counter_label text, amount double precision) RETURNS void LANGUAGE sql AS $$
        INSERT INTO counters VALUES (counter, counter_label, amount, now())
        ON CONFLICT (name, label) DO UPDATE SET value = counters.value + excluded.value, changed_at = excluded.changed_at
      $$`);
    await queryRunner.query(`
      CREATE FUNCTION count_ended_backup() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF new.status = 'success' THEN PERFORM count_up('backup_bytes', '', new.size_bytes); END IF;
        IF new.status = 'failed' THEN PERFORM count_up('backup_failures', coalesce(new.error_code, ''), 1); END IF;
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER count_ended AFTER UPDATE ON backups
        FOR EACH ROW WHEN (old.status = 'running' AND new.status <> 'running') EXECUTE FUNCTION count_ended_backup()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TRIGGER count_ended ON backups`);
    await queryRunner.query(`DROP FUNCTION count_ended_backup`);
    await queryRunner.query(`DROP FUNCTION count_up`);
    await queryRunner.query(`DROP TABLE counters`);
  }
}
