import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThan, MoreThan, type FindOptionsWhere, Between, Repository } from 'typeorm';
import { SharedAnswer } from '../kernel/operations/shared-answer';
import { GENESIS, hashOf } from './audit-chain';
import { AuditKeyStarts } from './audit-key-starts.service';
import { AuditKeys } from './audit-keys.service';
import { ChainAnchors, type ChainHead } from './chain-anchors';
import { AuditRecordEntity } from './audit-record.entity';
import { SignatureCheck } from './signature-check';
import type { AuditAction, AuditResult } from './audit-action';

/** What of the log is asked for; all conditions must hold. */
export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  result?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** What going through the whole chain has found. */
export interface ChainVerdict {
  ok: boolean;
  /** Records that are in order, from the first one. */
  count: number;
  head?: { seq: number; hash: string };
  /** The first record that is changed, missing, inserted, out of order, or not the one that an anchor holds. */
  first_broken?: { seq: number; reason: 'missing' | 'changed' | 'out of order' | 'signature' | 'rewritten' };
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
      where: { ...whereOf(filter), ...(before === undefined ? {} : { seq: LessThan(before) }) },
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
    let head = { seq: 0, hash: GENESIS };
    const isConfigured = this.keys.isConfigured();
    const [keys, since] = [await this.keys.all(), await this.starts.current()];
    const signatures = new SignatureCheck({ keys, since, isConfigured });
    for await (const record of this.all({})) {
      const reason = faultOf(record, head) ?? (signatures.accepts(record) ? undefined : 'signature');
      if (reason !== undefined) {
        const seq = reason === 'missing' ? head.seq + 1 : record.seq;
        return { ok: false, count: head.seq, ...headIn(head), first_broken: { seq, reason } };
      }
      head = { seq: record.seq, hash: record.hash };
    }
    const contradicted = faultOfEnd(head.seq, since, signatures) ?? (await this.contradicted(head.seq, anchors));
    if (contradicted !== undefined) return { ok: false, count: head.seq, ...headIn(head), first_broken: contradicted };
    return { ok: true, count: head.seq, ...headIn(head) };
  }

  /** A chain without a fault may still have lost its end, or be another one. */
  private async contradicted(newestSeq: number, heads: readonly ChainHead[]): Promise<ChainVerdict['first_broken']> {
    const kept = await this.records.find({
      where: { seq: In(heads.map(({ seq }) => seq)) },
      select: { seq: true, hash: true },
    });
    const hashes = new Map(kept.map(({ seq, hash }) => [seq, hash]));
    const other = heads.find(({ seq, hash }) => seq <= newestSeq && hashes.get(seq) !== hash);
    if (other !== undefined) return { seq: other.seq, reason: 'rewritten' };
    const isCut = heads.some(({ seq }) => seq > newestSeq);
    return isCut ? { seq: newestSeq + 1, reason: 'missing' } : undefined;
  }
}

function faultOf(
  record: AuditRecordEntity,
  head: { seq: number; hash: string },
): NonNullable<ChainVerdict['first_broken']>['reason'] | undefined {
  if (record.seq <= head.seq) return 'out of order';
  if (record.seq !== head.seq + 1) return 'missing';
  if (hashOf(record, record.prevHash) !== record.hash) return 'changed';
  return record.prevHash === head.hash ? undefined : 'out of order';
}

/** A configured key that has signed before has signed a record of this log. */
function faultOfEnd(
  newestSeq: number,
  since: number | undefined,
  signatures: SignatureCheck,
): ChainVerdict['first_broken'] {
  if (since !== undefined && since > newestSeq) return { seq: newestSeq + 1, reason: 'missing' };
  const unproven = signatures.unproven();
  return unproven === undefined ? undefined : { seq: unproven, reason: 'signature' };
}

function headIn(head: { seq: number; hash: string }): Pick<ChainVerdict, 'head'> {
  return head.seq === 0 ? {} : { head };
}

function whereOf({ actor, action, result, from, to }: AuditFilter): FindOptionsWhere<AuditRecordEntity> {
  return {
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action: action as AuditAction }),
    ...(result === undefined ? {} : { result: result as AuditResult }),
    ...(from === undefined && to === undefined ? {} : { at: Between(from ?? LONG_AGO, to ?? FAR_AWAY) }),
  };
}
