import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, MoreThan, type FindOptionsWhere, Between, Repository } from 'typeorm';
import { present } from '../engine/optional/present';
import { SharedAnswer } from '../kernel/operations/shared-answer';
import { AuditKeyStarts } from './audit-key-starts.service';
import { AuditKeys } from './audit-keys.service';
import { ChainAnchors } from './chain-anchors';
import { type ChainVerdict, judgeChain } from './judge-chain';
import { AuditRecordEntity } from './audit-record.entity';
import type { AuditAction, AuditResult } from './audit-action';

/** What of the log is asked for; all conditions must hold. */
export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  result?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

const BATCH = 1_000;
const LONG_AGO = new Date(0);
const FAR_AWAY = new Date('9999-12-31T00:00:00Z');

/** Reads the audit log. */
@Injectable()
export class AuditLogService {
  private readonly verdict = new SharedAnswer(() => this.goThrough());

  constructor(
    @InjectRepository(AuditRecordEntity) private readonly records: Repository<AuditRecordEntity>,
    private readonly keys: AuditKeys,
    private readonly starts: AuditKeyStarts,
    private readonly anchors: ChainAnchors,
  ) {}

  /**
   * A page, newest first.
   *
   * @param before only records with smaller numbers
   */
  async page(filter: AuditFilter, limit: number, before?: number): Promise<AuditRecordEntity[]> {
    return this.records.find({
      where: { ...whereOf(filter), ...present({ seq: before === undefined ? undefined : LessThan(before) }) },
      order: { seq: 'DESC' },
      take: limit,
    });
  }

  /** All that match, oldest first, a batch at a time. */
  async *all(filter: AuditFilter): AsyncGenerator<AuditRecordEntity, void, undefined> {
    for (let last = Number.MIN_SAFE_INTEGER; ;) {
      const batch = await this.records.find({
        where: { ...whereOf(filter), seq: MoreThan(last) },
        order: { seq: 'ASC' },
        take: BATCH,
      });
      yield* batch;
      const newest = batch.at(-1);
      if (newest === undefined || batch.length < BATCH) return;
      last = newest.seq;
    }
  }

  /**
   * Goes through the chain from the first record and stops at the first that is not what was written. One at a time: a caller
   * that asks meanwhile gets the same verdict.
   */
  async verify(): Promise<ChainVerdict> {
    return this.verdict.get();
  }

  private async goThrough(): Promise<ChainVerdict> {
    // Before the walk: what is written during it is not in the part that was read already.
    const anchors = await this.anchors.heads();
    const isConfigured = this.keys.isConfigured();
    const [keys, since] = [await this.keys.all(), await this.starts.current()];
    return judgeChain(this.all({}), { keys, since, isConfigured }, anchors);
  }
}

function whereOf({ actor, action, result, from, to }: AuditFilter): FindOptionsWhere<AuditRecordEntity> {
  return present({
    actor,
    action: action as AuditAction | undefined,
    result: result as AuditResult | undefined,
    at: from === undefined && to === undefined ? undefined : Between(from ?? LONG_AGO, to ?? FAR_AWAY),
  });
}
