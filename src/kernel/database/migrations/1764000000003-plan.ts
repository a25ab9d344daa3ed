import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The plan, the due times it has had, and the mark of backups that are being removed. */
export class Plan1764000000003 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE plan (
        id integer PRIMARY KEY CHECK (id = 1),
        enabled boolean NOT NULL,
        schedule_type text NOT NULL,
        schedule_weekday integer NOT NULL,
        schedule_hour integer NOT NULL,
        schedule_minute integer NOT NULL,
        schedule_month_anchor text NOT NULL,
        schedule_timezone text NOT NULL,
        retention_days integer NOT NULL,
        keep_last_successful integer NOT NULL,
        include_files boolean NOT NULL,
        effective_from timestamptz NOT NULL,
        last_auto_run_at timestamptz,
        last_retention_at timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      )`);
    await queryRunner.query(`
      CREATE TABLE due_runs (
        due_at timestamptz PRIMARY KEY,
        state text NOT NULL,
        attempts integer NOT NULL,
        backup_id bigint,
        next_attempt_at timestamptz NOT NULL
      )`);
    await queryRunner.query(`ALTER TABLE backups ADD COLUMN removing text`);
    // How many backups there are is asked for with every list, every few seconds, from every tab: counted once, when they change.
    await queryRunner.query(`CREATE TABLE backup_total (n bigint NOT NULL)`);
    await queryRunner.query(`INSERT INTO backup_total SELECT count(*) FROM backups`);
    await queryRunner.query(`
      CREATE FUNCTION count_backups() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE delta bigint;
      BEGIN
        CASE TG_OP
          WHEN 'INSERT' THEN SELECT count(*) INTO delta FROM changed WHERE removing IS NULL;
          WHEN 'DELETE' THEN SELECT -count(*) INTO delta FROM changed WHERE removing IS NULL;
          ELSE delta := CASE WHEN new.removing IS NULL THEN 1 ELSE -1 END;
        END CASE;
        IF delta <> 0 THEN UPDATE backup_total SET n = n + delta; END IF;
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER count_inserted AFTER INSERT ON backups REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION count_backups()`);
    await queryRunner.query(`
      CREATE TRIGGER count_deleted AFTER DELETE ON backups REFERENCING OLD TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION count_backups()`);
    await queryRunner.query(`
      CREATE TRIGGER count_marked AFTER UPDATE ON backups
        FOR EACH ROW WHEN ((old.removing IS NULL) <> (new.removing IS NULL)) EXECUTE FUNCTION count_backups()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TRIGGER count_inserted ON backups`);
    await queryRunner.query(`DROP TRIGGER count_deleted ON backups`);
    await queryRunner.query(`DROP TRIGGER count_marked ON backups`);
    await queryRunner.query(`DROP FUNCTION count_backups`);
    await queryRunner.query(`DROP TABLE backup_total`);
    await queryRunner.query(`ALTER TABLE backups DROP COLUMN removing`);
    await queryRunner.query(`DROP TABLE due_runs, plan`);
  }
}
