import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { BackupReader } from '../engine/backup-reader';
import { unpackFiles } from '../engine/files/unpack-files';
import { withConnection, withDatabase } from '../engine/postgres/connection';
import { readProperties } from '../engine/postgres/database-properties';
import { createRoles, dropRoles, releaseRoles } from '../engine/postgres/placeholder-roles';
import type { Compatibility } from '../engine/postgres/preflight';
import { createStaging } from '../engine/postgres/staging';
import { verifyRestored } from '../engine/postgres/verify-restored';
import { loadBackup } from '../engine/read-backup';
import { AppConfig } from '../kernel/config/config';
import { TargetService } from '../kernel/target/target.service';
import type { Journal } from './journal';
import type { RunRecorder } from './run-recorder';

/** What is loaded, and what it has to do with. */
export interface LoadRequest {
  recorder: RunRecorder;
  reader: BackupReader;
  compatibility: Compatibility;
  /** Names the database to load into, the roles to make for it and the directory for the files. */
  journal: Extract<Journal, { incoming: string }>;
  signal: AbortSignal;
}

/** Makes a database like the target, loads a backup into it and compares it with the manifest. */
@Injectable()
export class StagingLoader {
  constructor(
    private readonly config: AppConfig,
    private readonly target: TargetService,
  ) {}

  /** Steps `restore_database` and `verify_restored_data`. */
  async load(admin: pg.Client, request: LoadRequest): Promise<void> {
    const { recorder, reader, signal } = request;
    const staging = withDatabase(this.target.address, request.journal.incoming);
    await recorder.step('restore_database', async (details) => {
      const leftOut = await this.fill(admin, request);
      if (leftOut.length > 0) details['left_out'] = leftOut;
      if (request.compatibility.missing_roles.length > 0) {
        details['owned_by_restoring_role'] = request.compatibility.missing_roles;
      }
    });
    await recorder.step('verify_restored_data', async (details) => {
      const compared = await withConnection(staging, (client) => verifyRestored(client, reader.index, signal), signal);
      Object.assign(details, compared);
    });
  }

  private async fill(
    admin: pg.Client,
    { recorder, reader, compatibility, journal, signal }: LoadRequest,
  ): Promise<readonly string[]> {
    const address = withDatabase(this.target.address, journal.incoming);
    const roles = compatibility.ownership === 'keep' ? [...compatibility.missing_roles] : [];
    await recorder.journal(withRoles(journal, roles));
    await createStaging(admin, journal.incoming, await readProperties(admin, this.target.address.database));
    await createRoles(admin, roles);
    const leftOut = await loadBackup({
      reader,
      address,
      tools: await this.target.findTools(),
      ownership: compatibility.ownership,
      missingRoles: compatibility.missing_roles,
      jobs: this.config.jobs,
      signal,
      onProgress: (progress) => recorder.report(progress),
    });
    if (roles.length > 0) {
      await withConnection(address, (client) => releaseRoles(client, roles), signal);
      await dropRoles(admin, roles);
    }
    if (journal.kind === 'swap' && journal.files !== undefined) {
      await unpackFiles(reader.readStream('files', { signal }), journal.files.incoming, { signal });
    }
    return leftOut;
  }
}

function withRoles(journal: LoadRequest['journal'], roles: string[]): Journal {
  const named = roles.length === 0 ? {} : { roles };
  return journal.kind === 'swap' ? { ...journal, ...named, phase: 'staging' } : { ...journal, ...named };
}
