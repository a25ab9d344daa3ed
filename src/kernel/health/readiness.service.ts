import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { present } from '../../engine/optional/present';
import { unlessEmpty } from '../../engine/optional/unless-empty';
import { withConnection } from '../../engine/postgres/server/connection';
import { Storage, STORAGE_LIMITS, type StorageLimit } from '../../engine/storage/storage';
import { RecurringJobs } from '../jobs/recurring-jobs.service';
import { OperationsService } from '../operations/operations.service';
import type { StorageState } from '../storage/storage-state';
import { StorageStates } from '../storage/storage-states';
import { tryOut } from '../storage/try-out';
import { TargetService } from '../target/target.service';

/** A server that accepts a connection and does not answer counts as down. The prober does not wait for ever either. */
const ANSWER_WITHIN_MS = 5_000;

/** One thing the service needs, and whether it is there. */
export interface Check {
  readonly name: string;
  readonly isOk: boolean;
  /** The service does its work without it. */
  readonly isDispensable?: boolean;
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
    private readonly storages: StorageStates,
    private readonly jobs: RecurringJobs,
    private readonly operations: OperationsService,
  ) {}

  /** Never rejects, and never waits long: what fails is the answer. The target's server counts, not the target: a restore closes that one. */
  async checks(): Promise<Check[]> {
    const [needed, further] = await Promise.all([this.needed(), this.storages.further()]);
    return [...needed, ...further.map(furtherCheck)];
  }

  private async needed(): Promise<Check[]> {
    return Promise.all([
      check('control_database', () => this.dataSource.query('SELECT 1')),
      check('target_server', () =>
        withConnection(this.target.maintenanceAddress, (client) => client.query('SELECT 1')),
      ),
      check('storage', async () => inWords((await tryOut(this.storage)).limits)),
      check('tools', () => this.target.findTools()),
      ...this.jobs.known().map(({ name, isAlive }) => Promise.resolve({ name, isOk: isAlive })),
      ...(this.operations.isClosing ? [Promise.resolve({ name: 'shutting_down', isOk: false })] : []),
    ]);
  }
}

/** Copies wait for it, and backups are made all the same. */
function furtherCheck({ name, error, tried }: StorageState): Check {
  const isOk = error === undefined;
  const note = isOk ? inWords(tried?.limits ?? []) : 'no copies are made there';
  return { name: `storage_${name}`, isOk, isDispensable: true, ...present({ note: unlessEmpty(note) }) };
}

function inWords(limits: readonly StorageLimit[]): string {
  return limits.map((limit) => STORAGE_LIMITS[limit]).join('; ');
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
