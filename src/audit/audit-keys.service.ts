import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AppConfig } from '../kernel/config/config';
import { derivedSigningKey } from '../kernel/config/signing-key';
import { AuditSigningKeyEntity } from './audit-signing-key.entity';
import { openSigningKey, sealSigningKey, signingKeyId } from './sealed-key';

/**
 * The keys whose signatures count. A configured key is the only one then, and is kept nowhere: a key of the backups must not lead to it.
 * Otherwise the log is older than any key of the ring: each start keeps the keys it knows in the control database, sealed by the
 * current key of the backups, so that the log can be verified also after that key was changed and the old one was dropped. Who can
 * write to the database cannot add one.
 */
@Injectable()
export class AuditKeys implements OnModuleInit {
  constructor(
    @InjectRepository(AuditSigningKeyEntity) private readonly rows: Repository<AuditSigningKeyEntity>,
    private readonly config: AppConfig,
  ) {}

  /** Seals every key that can be opened with the current key of the backups. */
  async onModuleInit(): Promise<void> {
    if (this.isConfigured()) {
      // Earlier versions sealed it with the key of the backups.
      await this.rows.delete({ id: signingKeyId(this.config.auditSigningKey) });
      return;
    }
    const { current } = this.config.keyRing;
    const sealed = await this.rows.find();
    const isDone = (id: string): boolean => sealed.some((row) => row.id === id && row.sealedBy === current.id);
    const wanted = [...this.derived(), ...this.opened(sealed)]
      .map((signingKey) => ({ id: signingKeyId(signingKey), signingKey }))
      .filter(({ id }) => !isDone(id));
    for (const { id, signingKey } of wanted) {
      await this.rows.upsert({ id, sealedBy: current.id, sealed: sealSigningKey(signingKey, current) }, ['id']);
    }
  }

  /** Whether the signing key is not a key of the ring. */
  isConfigured(): boolean {
    return this.config.hasAuditKey;
  }

  /** The configured key alone, or all that can be opened now, the one that signs first. */
  async all(): Promise<Uint8Array[]> {
    if (this.isConfigured()) return [this.config.auditSigningKey];
    // Another replica may have brought one along since this one has started.
    return [...this.derived(), ...this.opened(await this.rows.find())];
  }

  /** The one that signs, and those that would have signed under the other keys of the ring. */
  private derived(): Uint8Array[] {
    return this.config.keyRing.all().map(derivedSigningKey);
  }

  private opened(rows: readonly AuditSigningKeyEntity[]): Uint8Array[] {
    return rows.flatMap(({ id, sealedBy, sealed }) => {
      const key = this.config.keyRing.find(sealedBy);
      const opened = key === undefined ? undefined : openSigningKey(id, sealed, key);
      return opened === undefined ? [] : [opened];
    });
  }
}
