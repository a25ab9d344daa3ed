import { Injectable, OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppConfig } from '../kernel/config/config';
import { AuditKeyStartEntity } from './audit-key-start.entity';
import { AuditService } from './audit.service';
import { signingKeyId } from './sealed-key';

/** Signed by a configured key before anything else: it vouches for every record before it, whose hashes lead to its own. */
const START = { actor: 'service', actorRoles: [], action: 'audit.key_start', result: 'success' } as const;

/**
 * Where in the audit log the configured signing key begins to count alone. At its first start with the key the service signs a
 * record with it; what came before was signed by other keys and counts through that record.
 */
@Injectable()
export class AuditKeyStarts implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
    private readonly config: AppConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.config.hasAuditKey || (await this.current()) !== undefined) return;
    const keyId = signingKeyId(this.config.auditSigningKey);
    await this.dataSource.transaction(async (manager) => {
      // Of two replicas that start at once both may sign a record; the first one counts.
      const { seq } = await this.audit.recordIn(manager, { ...START, details: { key_id: keyId } });
      await manager.query(
        'INSERT INTO audit_key_starts (key_id, seq) VALUES ($1, $2) ON CONFLICT (key_id) DO NOTHING',
        [keyId, seq],
      );
    });
  }

  /** Number of the record; `undefined` when no key is configured. */
  async current(): Promise<number | undefined> {
    if (!this.config.hasAuditKey) return undefined;
    const keyId = signingKeyId(this.config.auditSigningKey);
    return (await this.dataSource.manager.findOneBy(AuditKeyStartEntity, { keyId }))?.seq;
  }
}
