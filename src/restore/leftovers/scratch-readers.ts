import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { withDatabase } from '../../engine/address/database-address';
import { sentenceOf } from '../../engine/findings/finding';
import { present } from '../../engine/optional/present';
import { readerFindings } from '../../engine/postgres/check/reader-findings';
import { admitReaders, withdrawReaders } from '../../engine/postgres/load/scratch-readers';
import { withConnection } from '../../engine/postgres/server/connection';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import { roleOwner, type ScratchJournal } from '../record/journal';
import { RestoreRunEntity } from '../record/restore-run.entity';
import { readerRoleName } from '../record/run-names';
import type { RunRecorder } from '../record/run-recorder';
import { Leftovers } from './leftovers';

/** Lets the roles of `BERKUT_BACKUP_SCRATCH_READERS` into the databases that rehearsals keep, and out again. */
@Injectable()
export class ScratchReaders {
  private readonly logger = new Logger(ScratchReaders.name);

  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly config: AppConfig,
    private readonly target: TargetService,
    private readonly leftovers: Leftovers,
  ) {}

  /**
   * Lets the readers in. The run names those that stay out, and why. The rehearsal does not fail for them: it has proven what it was
   * for.
   */
  async admit(recorder: RunRecorder, signal: AbortSignal): Promise<void> {
    const readers = this.config.restore.scratchReaders;
    const { id, journal } = recorder.run;
    if (readers.length === 0 || journal?.kind !== 'scratch') return;
    const scratch = withDatabase(this.target.address, journal.incoming);
    await withConnection(
      scratch,
      async (client) => {
        const refused = (await readerFindings(client, readers)).map((finding) => ({
          role: String(finding.names?.['role']),
          code: finding.code,
          message: sentenceOf(finding),
        }));
        const admitted = readers.filter((reader) => !refused.some(({ role }) => role === reader));
        const role = readerRoleName(id);
        await recorder.journal({ ...journal, readers: { role, admitted, refused } });
        if (admitted.length > 0) await admitReaders(client, { role, owner: roleOwner(id) }, admitted);
      },
      signal,
    );
  }

  /**
   * Lets the readers out, before the database of the rehearsal becomes the target.
   *
   * @throws RestoreError `maintenance_failed` when that is not possible
   */
  async withdraw({ id }: RestoreRunEntity, journal: ScratchJournal): Promise<void> {
    const { readers, incoming, incomingOid, ...rest } = journal;
    if (readers === undefined) return;
    const [role, owner] = [readers.role, roleOwner(id)];
    let isGone: boolean;
    try {
      const scratch = { database: incoming, ...present({ oid: incomingOid }) };
      isGone = await withdrawReaders(this.target.maintenanceAddress, scratch, { role, owner });
    } catch (cause) {
      throw new RestoreError(
        'maintenance_failed',
        'The readers of the rehearsal’s database cannot be let out of it.',
        {},
        { cause },
      );
    }
    if (!isGone) {
      this.logger.warn({ restore_id: id, role }, 'the role of readers is still there, without any right');
      await this.leftovers.add(id, [{ kind: 'roles', roles: [role], owner }]);
    }
    const without: object = { ...rest, incoming, ...present({ incomingOid }) };
    await this.runs.update({ id }, { journal: without });
  }
}
