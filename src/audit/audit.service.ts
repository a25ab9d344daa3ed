import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppConfig } from '../kernel/config/config';
import { Clock } from '../kernel/clock/clock';
import type { AuditAction, AuditResult } from './audit-action';
import { GENESIS, hashOf, signatureOf, storable } from './audit-chain';
import { AuditRecordEntity } from './audit-record.entity';
import { type ChainHead, ChainAnchors } from './chain-anchors';

/** One record, but for what the log itself adds. */
export interface AuditEntry {
  actor: string;
  actorRoles: readonly string[];
  sourceIp?: string | undefined;
  requestId?: string | undefined;
  action: AuditAction;
  result: AuditResult;
  resource?: string | undefined;
  details?: Readonly<Record<string, unknown>>;
}

/** The actor of what the service does on its own. */
const SELF = 'service';

/** Key of the lock under which records are numbered: one at a time, on all replicas. */
const LOCK = `hashtextextended('berkut audit', 0)`;

/**
 * The server ends a session that stands still with the lock, and no other session waits for the lock longer than that. Every
 * change waits here, on every replica.
 */
const LIMITS = [
  `set_config('lock_timeout', '6s', true)`,
  `set_config('idle_in_transaction_session_timeout', '4s', true)`,
];

/** Writes the audit log. */
@Injectable()
export class AuditService {
  private readonly logger = new Logger(AuditService.name);
  /** The newest record that this process has written. */
  private newest: ChainHead | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    anchors: ChainAnchors,
  ) {
    anchors.add(() => Promise.resolve(this.newest === undefined ? [] : [this.newest]));
  }

  /**
   * @param through the connections to use
   * @throws the driver's error when the record cannot be written
   */
  async record(entry: AuditEntry, through: DataSource = this.dataSource): Promise<void> {
    const head = await through.transaction((manager) => this.append(manager, entry));
    if (head.seq > (this.newest?.seq ?? 0)) this.newest = head;
  }

  /** Records something the service did by itself. The log must not stop it: what cannot be written is logged loudly. */
  async recordOwn(
    action: AuditAction,
    result: AuditResult,
    details: Readonly<Record<string, unknown>>,
    actor: string = SELF,
  ): Promise<void> {
    try {
      await this.record({ actor, actorRoles: [], action, result, details });
    } catch (error) {
      this.logger.error({ err: error, action, result, details }, 'an audit record could not be written');
    }
  }

  /**
   * Records what a transaction does, in that transaction: both are there, or neither. To be called last, because all
   * other records wait for the transaction's end.
   *
   * @throws the driver's error
   */
  async recordIn(manager: EntityManager, entry: AuditEntry): Promise<ChainHead> {
    return this.append(manager, entry);
  }

  /** The newest record's number and hash. With a copy of them, a caller can show later that the log was rewritten. */
  async head(): Promise<{ seq: number; hash: string } | undefined> {
    return headOf(this.dataSource.manager);
  }

  private async append(manager: EntityManager, given: AuditEntry): Promise<ChainHead> {
    const entry = storable(given);
    await manager.query(`SELECT ${LIMITS.join(', ')}`);
    await manager.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    const head = await headOf(manager);
    const prevHash = head?.hash ?? GENESIS;
    const record = {
      seq: (head?.seq ?? 0) + 1,
      at: this.clock.now(),
      actor: entry.actor,
      actorRoles: [...entry.actorRoles],
      sourceIp: entry.sourceIp ?? null,
      requestId: entry.requestId ?? null,
      action: entry.action,
      result: entry.result,
      resource: entry.resource ?? null,
      details: entry.details ?? {},
    };
    const hash = hashOf(record, prevHash);
    const signature = signatureOf(hash, this.config.auditSigningKey);
    await manager.insert(AuditRecordEntity, { ...record, prevHash, hash, signature });
    return { seq: record.seq, hash };
  }
}

async function headOf(manager: EntityManager): Promise<{ seq: number; hash: string } | undefined> {
  const rows: { seq: string; hash: string }[] = await manager.query(
    'SELECT seq, hash FROM audit_records ORDER BY seq DESC LIMIT 1',
  );
  const [newest] = rows;
  return newest === undefined ? undefined : { seq: Number(newest.seq), hash: newest.hash };
}
