import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { present } from '../../engine/optional/present';
import { unlessEmpty } from '../../engine/optional/unless-empty';
import { withConnection } from '../../engine/postgres/server/connection';
import { Storage, STORAGE_LIMITS } from '../../engine/storage/storage';
import { RecurringJobs } from '../jobs/recurring-jobs.service';
import { OperationsService } from '../operations/operations.service';
import { TargetService } from '../target/target.service';

/** A server that accepts a connection and does not answer counts as down. The prober does not wait for ever either. */
const ANSWER_WITHIN_MS = 5_000;

/** With less than this no backup can be begun. */
const FULL_BYTES = 16 * 1024 * 1024;

/** One thing the service needs, and whether it is there. */
export interface Check {
  readonly name: string;
  readonly isOk: boolean;
  /** What is as it should not be although it works, in words for people. */
  readonly note?: string;
}

/** Asks everything the service depends on. */
@Injectable()
export class ReadinessService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly target: TargetService,
    private readonly storage: Storage,
    private readonly jobs: RecurringJobs,
    private readonly operations: OperationsService,
  ) {}

  /** Never rejects, and never waits long: what fails is the answer. The target's server counts, not the target: a restore closes that one. */
  async checks(): Promise<Check[]> {
    return Promise.all([
      check('control_database', () => this.dataSource.query('SELECT 1')),
      check('target_server', () =>
        withConnection(this.target.maintenanceAddress, (client) => client.query('SELECT 1')),
      ),
      check('storage', () => this.tryStorage()),
      check('tools', () => this.target.findTools()),
      ...this.jobs.known().map(({ name, isAlive }) => Promise.resolve({ name, isOk: isAlive })),
      ...(this.operations.isClosing ? [Promise.resolve({ name: 'shutting_down', isOk: false })] : []),
    ]);
  }

  private async tryStorage(): Promise<string> {
    const freeBytes = await this.storage.freeBytes();
    if (freeBytes !== undefined && freeBytes < FULL_BYTES) throw new Error('the storage is full');
    return (await this.storage.tryOut()).map((limit) => STORAGE_LIMITS[limit]).join('; ');
  }
}

/** @param ask may answer with a note */
async function check(name: string, ask: () => Promise<unknown>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Check>((resolve) => {
    timer = setTimeout(() => resolve({ name, isOk: false }), ANSWER_WITHIN_MS);
  });
  const answered = ask().then(
    (note): Check => ({
      name,
      isOk: true,
      ...present({ note: typeof note === 'string' ? unlessEmpty(note) : undefined }),
    }),
    () => ({ name, isOk: false }),
  );
  const found = await Promise.race([answered, late]);
  clearTimeout(timer);
  return found;
}
