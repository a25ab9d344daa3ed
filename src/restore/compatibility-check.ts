import { Injectable } from '@nestjs/common';
import type { BackupReader } from '../engine/backup-reader';
import { withConnection } from '../engine/postgres/connection';
import { V1_STREAM } from '../engine/container/v1/v1-reader';
import { freeServerBytes } from '../engine/postgres/free-space';
import { mentionedRoles } from '../engine/postgres/mentioned-roles';
import { checkCompatibility, type Compatibility } from '../engine/postgres/preflight';
import { sharesSessions } from '../engine/postgres/pooling';
import { RestoreError } from '../engine/postgres/restore-error';
import { AppConfig } from '../kernel/config/config';
import { TargetService } from '../kernel/target/target.service';
import type { RunRecorder } from './run-recorder';

/** Finds what would break a restore, before anything is touched. */
@Injectable()
export class CompatibilityCheck {
  constructor(
    private readonly config: AppConfig,
    private readonly target: TargetService,
  ) {}

  /** @throws RestoreError `incompatible_version` with all problems in its details */
  async check(
    recorder: RunRecorder,
    reader: BackupReader,
    isScoped: boolean,
    signal: AbortSignal,
  ): Promise<Compatibility> {
    const { address, maintenanceAddress } = this.target;
    const tools = await this.target.findTools();
    const roles =
      reader.index.format === 1
        ? await mentionedRoles(tools, reader.readStream(V1_STREAM, { signal }), signal)
        : reader.index.roles;
    const isShared = await sharesSessions(address);
    const compatibility = await withConnection(maintenanceAddress, (admin) =>
      withConnection(address, async (targetClient) =>
        checkCompatibility({
          freeBytes: await freeServerBytes(admin, address),
          sharesSessions: isShared,
          admin,
          targetClient,
          targetName: address.database,
          index: reader.index,
          roles,
          isScoped,
          wanted: this.config.restore.strategy,
          tools,
          schemaVersionQuery: this.config.schemaVersionQuery,
        }),
      ),
    );
    await recorder.found({ strategy: compatibility.strategy, compatibility });
    const problems = [...compatibility.problems, ...this.fileProblems(reader)];
    if (problems.length === 0) return compatibility;
    throw new RestoreError('incompatible_version', `This backup cannot be restored here: ${problems.join('; ')}.`, {
      problems,
    });
  }

  private fileProblems(reader: BackupReader): string[] {
    if (!reader.index.includes_files || this.config.filesPath !== undefined) return [];
    return ['the backup holds application files and no files path is configured'];
  }
}
