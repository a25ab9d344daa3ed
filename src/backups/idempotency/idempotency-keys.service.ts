import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type EntityManager, LessThan } from 'typeorm';
import type { Caller } from '../../kernel/request/caller';
import { Clock } from '../../kernel/clock/clock';
import { AppError } from '../../kernel/errors/app-error';
import { IdempotencyKeyEntity } from './idempotency-key.entity';
import { DAY_MS } from '../../kernel/clock/durations';

/** For how long a key stands for what it has started. */
const KEY_LIFE_MS = DAY_MS;

/** Owns the rows of `idempotency_keys`: which key of a caller has started which backup. */
@Injectable()
export class IdempotencyKeys {
  constructor(private readonly clock: Clock) {}

  /**
   * @param manager of the transaction in which the backup is queued; a new key waits for another one's with the same key
   * @param use `request` is what is asked for: the same key with something else is a mistake; `id` is the backup that a
   *   new key stands for from now on
   * @returns the backup that this key has started before; `undefined` when it is new, or there is none
   * @throws AppError `backups.invalid_request`
   */
  async use(manager: EntityManager, use: KeyUse): Promise<number | undefined> {
    const { caller, key, request, id } = use;
    if (key === undefined) return undefined;
    if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw new AppError('backups.invalid_request', { details: { field: 'Idempotency-Key' } });
    }
    const keys = manager.getRepository(IdempotencyKeyEntity);
    const now = this.clock.now();
    await keys.delete({ createdAt: LessThan(new Date(now.getTime() - KEY_LIFE_MS)) });
    const requestHash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
    const inserted = await keys
      .createQueryBuilder()
      .insert()
      .values({ caller: caller.id, key, requestHash, backupId: id, createdAt: now })
      .orIgnore()
      .returning('key')
      .execute();
    if (Array.isArray(inserted.raw) && inserted.raw.length === 1) return undefined;
    const known = await keys.findOneByOrFail({ caller: caller.id, key });
    if (known.requestHash === requestHash) return known.backupId;
    throw new AppError('backups.invalid_request', { details: { field: 'Idempotency-Key' } });
  }
}

interface KeyUse {
  caller: Caller;
  key: string | undefined;
  request: object;
  id: number;
}
