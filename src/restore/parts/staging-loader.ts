import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Archive } from '../../engine/postgres/archive/archive';
import { counted as countedBytes } from '../../engine/bytes/counted';
import { aboutFiles, FilesReport } from '../../engine/files/files-report';
import { unpackFiles } from '../../engine/files/unpack-files';
import { withDatabase } from '../../engine/address/database-address';
import { withConnection } from '../../engine/postgres/server/connection';
import { hasForeignText, readProperties } from '../../engine/postgres/database/database-properties';
import { giveText } from '../../engine/postgres/database/swap';
import type { LeftOut } from '../../engine/postgres/load/left-out';
import { createRoles, dropRoles, releaseRoles } from '../../engine/postgres/load/placeholder-roles';
import type { Compatibility } from '../../engine/postgres/check/preflight';
import type { PostgresTools } from '../../engine/postgres/server/tools';
import { createStaging, openStaging } from '../../engine/postgres/database/staging';
import { CountedRows } from '../../engine/postgres/rows/counted-rows';
import type { LoadRoleOrder } from '../../engine/backup/load-order';
import { loadBackup } from '../../engine/backup/read-backup';
import { present } from '../../engine/optional/present';
import { unlessEmpty } from '../../engine/optional/unless-empty';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import { type LoadedJournal, roleOwner } from '../record/journal';
import { loadRoleName } from '../record/run-names';
import { compareLoaded } from './compare-loaded';
import { leftOutDetails } from './left-out-details';
import { Leftovers } from '../leftovers/leftovers';
import type { RunRecorder } from '../record/run-recorder';

/** What is loaded, and what it has to do with. */
export interface LoadRequest<J extends LoadedJournal> {
  recorder: RunRecorder;
  archive: Archive;
  compatibility: Compatibility;
  tools: PostgresTools;
  /** Names the database to load into and the directory for the files. */
  journal: J;
  /** What has to be out of the way before anything is made. */
  makeWay?(): Promise<void>;
  signal: AbortSignal;
}

/** Makes a database like the target, loads a backup into it and compares it with the manifest. */
@Injectable()
export class StagingLoader {
  constructor(
    private readonly config: AppConfig,
    private readonly target: TargetService,
    private readonly leftovers: Leftovers,
  ) {}

  /**
   * Steps `restore_database` and `verify_restored_data`.
   *
   * @returns the journal's newest entry
   */
  async load<J extends LoadedJournal>(request: LoadRequest<J>): Promise<J> {
    const { recorder, archive, compatibility, signal } = request;
    const staging = withDatabase(this.target.address, request.journal.incoming);
    // Nothing waits for a rehearsal, and it is to prove: there all rows are counted once more.
    const counted = recorder.run.mode === 'rehearse' ? undefined : new CountedRows();
    const { journal, leftOut } = await recorder.step('restore_database', async (details) => {
      await request.makeWay?.();
      const filled = await this.fill(request, details, counted);
      Object.assign(details, leftOutDetails(filled.leftOut));
      recorder.isIncomplete = filled.leftOut.incomplete !== undefined;
      if (filled.files.length > 0) details['files_not_restored'] = filled.files;
      if (compatibility.missingRoles.length > 0) details['owned_by_restoring_role'] = compatibility.missingRoles;
      return filled;
    });
    await recorder.step('verify_restored_data', async (details) => {
      await withConnection(
        staging,
        (client) => compareLoaded({ client, archive, leftOut, signal }, recorder, details, counted),
        signal,
      );
    });
    return journal;
  }

  private async fill<J extends LoadedJournal>(
    request: LoadRequest<J>,
    details: Record<string, unknown>,
    counted: CountedRows | undefined,
  ): Promise<{ journal: J; leftOut: LeftOut; files: string[] }> {
    const { recorder, archive, compatibility, tools, signal } = request;
    const address = withDatabase(this.target.address, request.journal.incoming);
    const owner = roleOwner(recorder.run.id);
    const wanted = compatibility.ownership === 'keep' ? compatibility.missingRoles : [];
    const loadRole = this.loadRole(recorder.run.id, details);
    const made = await this.create(request, [...wanted, loadRole.name], details);
    const { superuserOwners } = (await archive.contents()).facts;
    const roles =
      wanted.length === 0 ? [] : await this.asAdmin((admin) => createRoles(admin, wanted, owner, superuserOwners));
    const leftOut = await loadBackup({
      archive,
      missingRoles: compatibility.ownership === 'keep' ? [] : compatibility.missingRoles,
      address,
      settingsOf: this.target.address.database,
      tools,
      ownership: compatibility.ownership,
      jobs: this.config.jobs,
      allowsIncomplete: recorder.allowsIncomplete,
      loadRole,
      counted,
      signal,
      onProgress: (progress) => recorder.report(progress),
    });
    // What could not be dropped is on the list of what is left.
    const journal: J = { ...made, roles: [...wanted] };
    await recorder.journal(journal);
    if (roles.length > 0) {
      await withConnection(address, (client) => releaseRoles(client, roles), signal);
      await this.dropRoles(recorder.run.id, roles);
    }
    return { journal, leftOut, files: await this.unpack(request) };
  }

  /** @returns what of the application files does not come back, as the backup and the unpacking say */
  private async unpack({
    recorder,
    archive: { reader },
    journal,
    signal,
  }: LoadRequest<LoadedJournal>): Promise<string[]> {
    if (journal.kind !== 'swap' || journal.files?.isIncomingThere !== true) return [];
    const { live, incoming } = journal.files;
    const bytesTotal = reader.index.streams.find(({ name }) => name === 'files')?.plain_size;
    let bytesDone = 0;
    const packed = countedBytes(reader.readStream('files', { signal }), (bytes) => {
      bytesDone += bytes;
      recorder.report({ phase: 'files', bytesDone, bytesTotal });
    });
    const report = new FilesReport();
    await unpackFiles(packed, incoming, { signal, like: live, report });
    return [...aboutFiles(reader.index.not_included), ...report.lines()];
  }

  private loadRole(runId: number, details: Record<string, unknown>): LoadRoleOrder {
    const [name, owner] = [loadRoleName(runId), roleOwner(runId)];
    return {
      ...{ name, owner },
      onNotUsed: () => void (details['rows_loaded_as_superuser'] = true),
      onStays: () => this.leftovers.add(runId, [{ kind: 'roles', roles: [name], owner }]),
    };
  }

  /** Another database may hold something of theirs, such as one that could not be dropped: that is no reason to fail. */
  private async dropRoles(runId: number, roles: readonly string[]): Promise<void> {
    await this.asAdmin((admin) => dropRoles(admin, roles, roleOwner(runId))).catch(() =>
      this.leftovers.add(runId, [{ kind: 'roles', roles, owner: roleOwner(runId) }]),
    );
  }

  /** @returns the journal with the number of the new database: by its name alone nothing of ours is to be dropped */
  async create<J extends LoadedJournal>(
    { recorder, journal, compatibility, signal }: LoadRequest<J>,
    roles: readonly string[],
    details: Record<string, unknown>,
  ): Promise<J> {
    const begun: J = {
      ...journal,
      ...present({ roles: unlessEmpty([...roles]) }),
      phase: journal.kind === 'swap' ? 'staging' : journal.phase,
    };
    await recorder.journal(begun);
    if (compatibility.notRehearsed.length > 0) details['not_rehearsed'] = compatibility.notRehearsed;
    const { made, isTextLeft } = await this.asAdmin(async (admin) => {
      const properties = await readProperties(admin, this.target.address.database);
      const incomingOid = await createStaging(admin, journal.incoming, properties);
      const created: J = { ...begun, incomingOid };
      await recorder.journal(created);
      const refused = await openStaging(admin, journal.incoming, properties);
      if (refused.length > 0) details['settings_not_made'] = refused;
      // What was refused would be again.
      return { made: created, isTextLeft: hasForeignText(properties) && refused.length === 0 };
    });
    if (isTextLeft)
      await giveText(withDatabase(this.target.address, made.incoming), this.target.address.database, signal);
    return made;
  }

  private asAdmin<T>(act: (admin: pg.Client) => Promise<T>): Promise<T> {
    return withConnection(this.target.maintenanceAddress, act);
  }
}
