import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThanOrEqual, Repository } from 'typeorm';
import { present } from '../../engine/optional/present';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { type LeftoverItem, nameOf } from './leftover';
import { helpFor } from './own-leftovers';
import { LeftoverEntity } from './leftover.entity';
import { HOUR_MS } from '../../kernel/clock/durations';

/** The first attempts follow each other quickly: most of what is in the way goes away within seconds. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = HOUR_MS;
const ALERT_AFTER_MS = HOUR_MS;

/** A leftover as it is shown. */
export interface LeftoverView {
  kind: LeftoverEntity['kind'];
  name: string;
  run_id: number;
  since: string;
  attempts: number;
  reason?: string;
  command: string;
  next_attempt_at: string;
}

/** The list of what runs have left. Being on it keeps no backup and no restore from beginning. */
@Injectable()
export class Leftovers {
  constructor(
    @InjectRepository(LeftoverEntity) private readonly rows: Repository<LeftoverEntity>,
    private readonly clock: Clock,
    private readonly config: AppConfig,
  ) {}

  /** Puts what a run has left on the list; what is on it already stays as it is. */
  async add(runId: number, items: readonly LeftoverItem[]): Promise<void> {
    const now = this.clock.now();
    for (const item of items) {
      await this.rows
        .createQueryBuilder()
        .insert()
        .values({ runId, kind: item.kind, name: nameOf(item), item, since: now, nextAttemptAt: now })
        .orIgnore()
        .execute();
    }
  }

  /** What is still there, oldest first. */
  async list(): Promise<LeftoverView[]> {
    const rows = await this.rows.find({ order: { since: 'ASC', runId: 'ASC', kind: 'ASC' } });
    const commands = await Promise.all(rows.map(({ item, runId }) => helpFor(item, runId, this.config)));
    return rows.map(({ kind, name, runId, since, attempts, reason, nextAttemptAt }, i) => ({
      kind,
      name,
      run_id: runId,
      since: since.toISOString(),
      attempts,
      ...present({ reason }),
      command: commands[i] ?? '',
      next_attempt_at: nextAttemptAt.toISOString(),
    }));
  }

  /** Why people should be told, in words; `undefined` while nothing has been left for long. */
  async alert(): Promise<string | undefined> {
    const since = new Date(this.clock.now().getTime() - ALERT_AFTER_MS);
    const old = await this.rows.find({ where: { since: LessThanOrEqual(since) }, order: { since: 'ASC' } });
    const oldest = old[0];
    if (oldest === undefined) return undefined;
    const others = old.length === 1 ? '' : `, and ${old.length - 1} more`;
    const why = oldest.reason === null ? '' : `: ${oldest.reason}`;
    return `What restore run ${oldest.runId} left could not be removed since ${oldest.since.toISOString()} (${oldest.name}${others})${why}.`;
  }

  /** The runs that have left something which may be tried now. */
  async dueRuns(): Promise<number[]> {
    const due = await this.rows.findBy({ nextAttemptAt: LessThanOrEqual(this.clock.now()) });
    return [...new Set(due.map(({ runId }) => runId))];
  }

  /** What this run has left: readers before the database that they are in, databases before the roles that own something in them. */
  async of(runId: number): Promise<LeftoverEntity[]> {
    const rows = await this.rows.findBy({ runId });
    const turn = ({ kind }: LeftoverEntity): number => Number(kind === 'roles') - Number(kind === 'readers');
    return rows.sort((a, b) => turn(a) - turn(b));
  }

  /** The databases that rehearsals have left. */
  scratchDatabases(): Promise<LeftoverEntity[]> {
    return this.rows.findBy({ kind: 'scratch_database' });
  }

  async removed({ runId, kind, name }: LeftoverEntity): Promise<void> {
    await this.rows.delete({ runId, kind, name });
  }

  async stays({ runId, kind, name, attempts }: LeftoverEntity, reason: string): Promise<void> {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts);
    const nextAttemptAt = new Date(this.clock.now().getTime() + pauseMs);
    await this.rows.update({ runId, kind, name }, { attempts: attempts + 1, reason, nextAttemptAt });
  }
}
