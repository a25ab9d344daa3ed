import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackupDto } from '../../src/backups/http/backups.dto';
import { HOUR_MS, MINUTE_MS } from '../../src/kernel/clock/durations';
import { NoticeTicker } from '../../src/notices/notice-ticker';
import type { IntegrityItemDto } from '../../src/restore/http/integrity.dto';
import { signToken } from '../../src/cli/tokens/sign-token';
import { startTestService, type TestService } from '../support/app';
import { TEST_SECRET } from '../support/test-environment';
import { eventually } from '../support/eventually';
import { FakeClock } from '../support/fake-clock';
import { JsonClient } from '../support/json-client';

const START_MS = Date.parse('2026-03-01T00:00:00Z');
/** Longer than the longest pause between two questions to a storage that is away. */
const STEP_MS = 2 * HOUR_MS;

describe('a further storage that is away for more than a day', () => {
  let directory: string;
  let service: TestService;
  let clock: FakeClock;
  let client: JsonClient;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-outage-'));
    await mkdir(far(), { mode: 0o700 });
    const file = join(directory, 'storages.json');
    await writeFile(file, JSON.stringify([{ name: 'far', url: far() }]));
    clock = new FakeClock(new Date(START_MS).toISOString());
    service = await startTestService({ clock, environment: { BERKUT_BACKUP_STORAGES_FILE: file } });
    const token = await signToken(
      { name: 'root', roles: ['superadmin'], ttlSeconds: 72 * 3600 },
      { secret: new TextEncoder().encode(TEST_SECRET) },
      clock.now(),
    );
    client = new JsonClient(service.url, token);
  });
  afterAll(async () => {
    await service.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const far = (): string => join(directory, 'far');
  const alerts = async (): Promise<Map<string, string>> => {
    await service.app.get(NoticeTicker).tick();
    const { item } = (await client.get<IntegrityItemDto>('/backups/integrity')).body;
    return new Map(item.alerts.map(({ alert, message }) => [alert, message]));
  };
  const isCopied = async ({ id }: BackupDto): Promise<boolean> =>
    (await client.get(`/backups/${id}`)).body.item.files?.[1]?.state === 'present';
  const questions = async (): Promise<number> =>
    Number((await service.query('SELECT attempts FROM storage_pauses'))[0]?.['attempts'] ?? 0);

  it('is told of, is asked once an hour at most, and gets all that it lacks once it is back, the newest first', async () => {
    const made: BackupDto[] = [await client.backUp()];
    await eventually(async () => made[0] !== undefined && (await isCopied(made[0])));
    expect([...(await alerts()).keys()]).toEqual([]);
    await rename(far(), `${far()}-away`);
    await writeFile(far(), '');

    // Each backup is made all the same. The storage itself is asked in vain once in each step, and no copy is tried.
    for (let step = 1; step <= 14; step += 1) {
      clock.set(new Date(START_MS + step * STEP_MS));
      made.push(await client.backUp());
      expect(made.at(-1)).toMatchObject({ status: 'success' });
      await eventually(async () => (await questions()) === step);
      if (step === 1) {
        // It counts as away as soon as monitoring has asked it, and is told of ten minutes later.
        const ready = async (): Promise<string> => (await fetch(`${service.managementUrl}/readyz`)).text();
        await eventually(async () => (await ready()).includes('storage_far failed'));
        clock.set(new Date(START_MS + STEP_MS + 11 * MINUTE_MS));
        expect((await alerts()).get('storage_unusable')).toContain('The storage "far" has taken no files since');
        expect((await alerts()).has('files_missing')).toBe(false);
      }
    }
    expect(await service.query(`SELECT sum(attempts)::int AS n FROM backup_files WHERE state <> 'present'`)).toEqual([
      { n: 1 },
    ]);
    // More than a day after the first of them was made, the copies themselves are missed.
    expect((await alerts()).get('files_missing')).toMatch(/^The storage "far" lacks a backup: 2 /);

    await rm(far());
    await rename(`${far()}-away`, far());
    clock.set(new Date(START_MS + 15 * STEP_MS));
    for (const backup of made) await eventually(() => isCopied(backup));
    const written = async ({ filename = '' }: BackupDto): Promise<bigint> =>
      (await stat(join(far(), filename), { bigint: true })).mtimeNs;
    const times = await Promise.all(made.slice(1).map(written));
    expect(times.toSorted((one, other) => (one < other ? 1 : -1))).toEqual(times);
    expect((await readdir(far())).sort()).toEqual((await readdir(service.storagePath)).sort());
    await eventually(async () => (await alerts()).size === 0);
  });
});
