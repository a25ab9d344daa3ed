import { Injectable } from '@nestjs/common';
import { InjectEntityManager } from '@nestjs/typeorm';
import { EntityManager } from 'typeorm';
import { type Cause, causeInWords } from '../kernel/errors/cause';
import { type ErrorCode, ERRORS } from '../kernel/errors/error-table';
import { failedStepOf } from '../restore/record/failed-step';
import type { RestoreStep } from '../restore/record/restore-steps';
import type { NoticeSubject, OutcomeName } from '../alerts/alert';
import { present } from '../engine/optional/present';
import { ToldOutcomeEntity } from './told-outcome.entity';

/** A scheduled backup or a restore test that has begun or ended and has not been told of. */
export interface Outcome {
  readonly outcome: OutcomeName;
  /** Of the backup, or of the run. */
  readonly id: number;
  readonly state: ToldOutcomeEntity['state'];
  readonly at: Date;
  readonly message: string;
  /** What the server, a program or the system said to a failure. */
  readonly cause?: string;
  readonly about: NoticeSubject;
}

interface OutcomeRow {
  outcome: OutcomeName;
  id: string;
  state: ToldOutcomeEntity['state'];
  at: Date;
  backup_id: string;
  label: string | null;
  requested_by: string;
  size_bytes: string | null;
  error_code: ErrorCode | null;
  error_cause: Cause | null;
  /** Of a restore test. */
  steps: RestoreStep[] | null;
}

/** What has happened by now: a run that has ended has begun, too. Oldest first; at the same moment the beginning first. */
const UNTOLD = `
  WITH happened AS (
    SELECT 'scheduled_backup' AS outcome, b.id, b.status, b.created_at, b.finished_at, b.id AS backup_id, b.label,
           b.requested_by, b.size_bytes, b.error_code, b.error_cause, NULL::jsonb AS steps
      FROM backups b WHERE b.trigger = 'scheduled' AND b.status IN ('running', 'success', 'failed')
    UNION ALL
    SELECT 'restore_test', r.id, r.status, r.created_at, r.finished_at, r.backup_id, b.label,
           r.requested_by, b.size_bytes, r.error_code, NULL, r.steps
      FROM restore_runs r LEFT JOIN backups b ON b.id = r.backup_id
     WHERE r.mode = 'rehearse' AND r.requested_by = 'scheduler' AND r.status IN ('running', 'success', 'failed')
  ), states AS (
    SELECT h.*, 'started' AS state, h.created_at AS at, 0 AS rank FROM happened h
    UNION ALL
    SELECT h.*, CASE h.status WHEN 'success' THEN 'succeeded' ELSE 'failed' END, coalesce(h.finished_at, h.created_at), 1
      FROM happened h WHERE h.status IN ('success', 'failed')
  )
  SELECT s.outcome, s.id, s.state, s.at, s.backup_id, s.label, s.requested_by, s.size_bytes, s.error_code,
         s.error_cause, s.steps
    FROM states s
   WHERE NOT EXISTS (SELECT FROM told_outcomes t WHERE t.outcome = s.outcome AND t.id = s.id AND t.state = s.state)
   ORDER BY s.at, s.rank, s.id`;

/** Finds what the service has done on its own, and remembers what has been told of it. */
@Injectable()
export class Outcomes {
  constructor(@InjectEntityManager() private readonly manager: EntityManager) {}

  /** What has not been told yet, oldest first. */
  async untold(): Promise<Outcome[]> {
    const rows = await this.manager.query<OutcomeRow[]>(UNTOLD);
    return rows.map((row) => ({
      outcome: row.outcome,
      id: Number(row.id),
      state: row.state,
      at: row.at,
      message: messageOf(row),
      ...causeOfRow(row),
      about: {
        backup_id: Number(row.backup_id),
        ...present({ label: row.label }),
        requested_by: row.requested_by,
        ...present({ size_bytes: row.size_bytes === null ? undefined : Number(row.size_bytes) }),
      },
    }));
  }

  /** Remembers, in the transaction in which it is queued, that an outcome has been told. */
  async note(manager: EntityManager, { outcome, id, state, at }: Outcome): Promise<void> {
    await manager.insert(ToldOutcomeEntity, { outcome, id, state, at });
  }

  /** Forgets what has no backup or run any more. */
  async forgetOld(): Promise<void> {
    await this.manager.query(`
      DELETE FROM told_outcomes t
       WHERE t.outcome = 'scheduled_backup' AND NOT EXISTS (SELECT FROM backups b WHERE b.id = t.id)
          OR t.outcome = 'restore_test' AND NOT EXISTS (SELECT FROM restore_runs r WHERE r.id = t.id)`);
  }
}

function causeOfRow({ state, error_cause: recorded, steps }: OutcomeRow): { cause?: string } {
  if (state !== 'failed') return {};
  const cause = recorded === null ? failedStepOf(steps ?? []).cause : causeInWords(recorded);
  return present({ cause });
}

function messageOf({ outcome, id, state, backup_id: backupId, error_code: code }: OutcomeRow): string {
  const what = outcome === 'scheduled_backup' ? `Scheduled backup ${id}` : `Restore test ${id} of backup ${backupId}`;
  switch (state) {
    case 'started':
      return `${what} has begun.`;
    case 'succeeded':
      return outcome === 'scheduled_backup' ? `${what} was made.` : `${what} has passed: it can be restored.`;
    case 'failed':
      return `${what} failed: ${ERRORS[code ?? 'backups.internal'].message}`;
  }
}
