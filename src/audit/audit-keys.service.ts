import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AppConfig } from '../kernel/config/config';
import { derivedSigningKey } from '../kernel/config/signing-key';
import { AuditSigningKeyEntity } from './audit-signing-key.entity';
import { openSigningKey, sealSigningKey, signingKeyId } from './sealed-key';

/**
 * The keys that have signed the audit log so far. The log is older than any key: each start keeps the keys it knows in the
 * control database, sealed by the current key of the backups, so that the log can be verified also after that key was
 * changed and the old one was dropped. Who can write to the database cannot add one.
 */
@Injectable()
export class AuditKeys implements OnModuleInit {
  constructor(
    @InjectRepository(AuditSigningKeyEntity) private readonly rows: Repository<AuditSigningKeyEntity>,
    private readonly config: AppConfig,
  ) {}

  /** Seals every key that can be opened with the current key of the backups. */
  async onModuleInit(): Promise<void> {
    const { current } = this.config.keyRing;
    const sealed = await this.rows.find();
    const isDone = (id: string): boolean => sealed.some((row) => row.id === id && row.sealedBy === current.id);
    const wanted = [...this.configured(), ...this.opened(sealed)]
      .map((signingKey) => ({ id: signingKeyId(signingKey), signingKey }))
      .filter(({ id }) => !isDone(id));
    for (const { id, signingKey } of wanted) {
      await this.rows.upsert({ id, sealedBy: current.id, sealed: sealSigningKey(signingKey, current) }, ['id']);
    }
  }

  /** All that can be opened now, the one that signs first. */
  async all(): Promise<Uint8Array[]> {
    // Another replica may have brought one along since this one has started.
    return [...this.configured(), ...this.opened(await this.rows.find())];
  }

  /** The one that signs, and those that would have signed under the other keys of the ring. */
  private configured(): Uint8Array[] {
    const { auditSigningKey, keyRing } = this.config;
    return [auditSigningKey, ...keyRing.all().map(derivedSigningKey)];
  }

  private opened(rows: readonly AuditSigningKeyEntity[]): Uint8Array[] {
    return rows.flatMap(({ id, sealedBy, sealed }) => {
      const key = this.config.keyRing.find(sealedBy);
      const opened = key === undefined ? undefined : openSigningKey(id, sealed, key);
      return opened === undefined ? [] : [opened];
    });
  }
}
