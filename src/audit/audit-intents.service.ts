import { randomUUID } from 'node:crypto';
import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { RecurringJobs } from '../kernel/jobs/recurring-jobs.service';
import { lockName } from '../kernel/operations/lock-session';
import { LockService } from '../kernel/operations/lock.service';
import { intentMacOf, isEqualHex, storable } from './audit-chain';
import { AuditIntentEntity } from './audit-intent.entity';
import { AuditKeys } from './audit-keys.service';
import { type AuditEntry, AuditService } from './audit.service';

/** How often a replica looks for what another one, or it itself without a database, has left unrecorded. */
const LOOK_EVERY_MS = 10_000;

/** The record of an intent that the service has not written: nothing in it is believed. */
const FORGED = { actor: 'service', actorRoles: [], action: 'audit.verify', result: 'failed' } as const;

/** What is noted before a request changes something. */
export interface AuditIntent {
  /** Writes the record in its place. */
  settle(entry: AuditEntry): Promise<void>;
}

/**
 * Makes sure that every change has its record, even if the process dies between the two: an intent is written before the
 * change, and the record replaces it afterwards.
 *
 * - An intent whose lock is free was left by a process that died or lost the database. It is recorded as `requested`, since
 *   the outcome is not known.
 * - An intent without a good MAC was not written by the service. It is removed, and the log says only that it was found.
 */
@Injectable()
export class AuditIntents implements OnApplicationBootstrap {
  private readonly logger = new Logger(AuditIntents.name);
  private readonly job = this.jobs.declare({
    name: 'audit_intents',
    everyMs: LOOK_EVERY_MS,
    whilePaused: true,
    whileClosing: true,
    complaint: 'could not look for requests without a record',
    run: () => this.recordAbandoned(),
  });

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly locks: LockService,
    private readonly audit: AuditService,
    private readonly config: AppConfig,
    private readonly keys: AuditKeys,
    private readonly jobs: RecurringJobs,
  ) {}

  /**
   * Notes what is about to be done, and makes sure that a record of it could be written now.
   *
   * @throws the driver's error when it could not: then it must not be done
   */
  async begin(entry: AuditEntry): Promise<AuditIntent> {
    const noted = { id: randomUUID(), at: this.clock.now(), entry: storable(entry) };
    const { id } = noted;
    const mac = intentMacOf(noted, this.config.auditSigningKey);
    const release = await this.locks.tryRead(lockName.auditIntent(id));
    try {
      await this.dataSource.transaction(async (manager) => {
        await manager.query('SAVEPOINT rehearsal');
        await this.audit.recordIn(manager, entry);
        await manager.query('ROLLBACK TO SAVEPOINT rehearsal');
        await manager.query('INSERT INTO audit_intents (id, at, entry, mac) VALUES ($1, $2, $3, $4)', [
          id,
          noted.at,
          noted.entry,
          mac,
        ]);
      });
    } catch (error) {
      await release?.();
      throw error;
    }
    return {
      settle: async (outcome) => {
        try {
          await this.dataSource.transaction(async (manager) => {
            await manager.delete(AuditIntentEntity, { id });
            await this.audit.recordIn(manager, outcome);
          });
        } finally {
          await release?.();
        }
      },
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.recordAbandoned();
    this.job.start();
  }

  /** Records every request whose process is gone. */
  async recordAbandoned(): Promise<void> {
    const intents = await this.dataSource.manager.find(AuditIntentEntity, { order: { at: 'ASC' } });
    for (const intent of intents) await this.recordWhenAbandoned(intent);
  }

  private async recordWhenAbandoned(intent: AuditIntentEntity): Promise<void> {
    const { id, at, entry } = intent;
    await this.locks.tryWith(lockName.auditIntent(id), 'exclusive', () =>
      this.dataSource.transaction(async (manager) => {
        const { affected } = await manager.delete(AuditIntentEntity, { id });
        if (affected !== 1) return;
        if (!(await this.isOurs(intent))) {
          this.logger.error({ intent_id: id }, 'a forged request was found among the intents of the audit log');
          await this.audit.recordIn(manager, { ...FORGED, details: { forged_intent: id } });
          return;
        }
        const details = { ...entry.details, requested_at: at.toISOString(), outcome: 'unknown' };
        await this.audit.recordIn(manager, { ...entry, result: 'requested', details });
      }),
    );
  }

  private async isOurs(intent: AuditIntentEntity): Promise<boolean> {
    const { mac } = intent;
    if (mac === null) return false;
    return (await this.keys.all()).some((key) => isEqualHex(intentMacOf(intent, key), mac));
  }
}
