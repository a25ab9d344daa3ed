import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Or, Repository } from 'typeorm';
import { BackupsService } from '../../backups/catalogue/backups.service';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { type Integrity, type IntegrityFacts, judge, nextTestAt } from './integrity';
import { RestoreRunEntity } from '../record/restore-run.entity';
import type { RestoreStep } from '../record/restore-steps';
import { RestoreService } from '../run/restore.service';

/** Knows when the system was last proven restorable, and has it proven again. */
@Injectable()
export class IntegrityService {
  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly backups: BackupsService,
    private readonly restores: RestoreService,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  async get(): Promise<Integrity> {
    return judge(await this.facts());
  }

  /**
   * Rehearses the newest successful backup of this installation now.
   *
   * @throws AppError `backups.not_ready` when there is none, `backups.concurrent_operation`
   */
  async run(requestedBy: string): Promise<RestoreRunEntity> {
    const backup = await this.backups.newestSuccessful();
    if (backup === undefined) {
      throw new AppError('backups.not_ready', { i18nKey: 'backups.integrity.noBackups' });
    }
    return this.restores.startDryRun(requestedBy, backup.id, 'rehearse');
  }

  /** Whether a scheduled test is due now. */
  async isDue(): Promise<boolean> {
    const facts = await this.facts();
    if (!facts.isEnabled || facts.lastBackup === undefined) return false;
    const next = nextTestAt(facts);
    return next === undefined || next <= facts.now;
  }

  private async facts(): Promise<IntegrityFacts> {
    const backup = await this.backups.newestSuccessful();
    // One after the other: a further connection to the control database takes longer than a further question.
    const lastSuccessfulTest = await this.newestTest('success');
    const lastFailedTest = await this.newestTest('failed');
    return {
      now: this.clock.now(),
      isEnabled: this.config.restore.testAutoEnabled,
      intervalHours: this.config.restore.testIntervalHours,
      lastBackup: backup === undefined ? undefined : { id: backup.id, at: backup.finishedAt ?? backup.createdAt },
      lastTest: laterOf(lastSuccessfulTest, lastFailedTest),
      lastSuccessfulTest,
      lastFailedTest,
    };
  }

  private async newestTest(status: 'success' | 'failed'): Promise<RestoreTest | undefined> {
    const run = await this.runs.findOne({
      where: {
        // One whose process ended says nothing of the backup, and a backup from elsewhere nothing of this installation.
        backupSource: 'local',
        mode: 'rehearse',
        status,
        errorCode: Or(IsNull(), Not('backups.restore.interrupted')),
        // To keep its database takes more than a test does: what fails in it may be fine for a restore.
        ...(status === 'failed' ? { keepHours: IsNull() } : {}),
      },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
    if (run === null) return undefined;
    const { id, backupId, createdAt, finishedAt, steps } = run;
    const migrationMs = durationMs(steps.find(({ name }) => name === 'run_migrations_if_needed'));
    return { id, backupId, startedAt: createdAt, finishedAt: finishedAt ?? createdAt, status, migrationMs };
  }
}

type RestoreTest = NonNullable<IntegrityFacts['lastTest']>;

function laterOf(one: RestoreTest | undefined, other: RestoreTest | undefined): RestoreTest | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.startedAt > other.startedAt ? one : other;
}

/** A step that was skipped has not begun. */
function durationMs(step: RestoreStep | undefined): number {
  if (step?.started_at === undefined || step.finished_at === undefined) return 0;
  return Date.parse(step.finished_at) - Date.parse(step.started_at);
}
