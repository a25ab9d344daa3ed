import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackupDto } from '../../src/backups/http/backups.dto';
import { s3Url } from '../../src/engine/storage/s3/s3-place';
import { eventually } from '../support/eventually';
import { isLong } from '../support/form';
import { type S3Server, startS3 } from '../support/s3-server';
import { REQUESTS, type S3Step, s3World, type S3World } from './s3-world';

const ALL: readonly S3Step[] = REQUESTS.flatMap((request) => [
  { request, how: 'unsent' },
  { request, how: 'done' },
]);
const stepsOf = (...decisive: string[]): S3Step[] =>
  ALL.filter(({ request, how }) => isLong || decisive.includes(`${request} ${how}`));

let server: S3Server;
beforeAll(async () => {
  server = await startS3();
});
afterAll(() => server.stop());

describe('a process that writes a backup straight to S3 and is killed', () => {
  let world: S3World;
  beforeAll(async () => {
    world = await s3World(server, (place, endpoint) =>
      Promise.resolve({
        BERKUT_BACKUP_PATH: s3Url(place),
        BERKUT_BACKUP_S3_ENDPOINT: endpoint,
        BERKUT_BACKUP_S3_REGION: place.region ?? '',
      }),
    );
  });
  afterAll(() => world.remove());

  const newest = async (): Promise<BackupDto | undefined> =>
    (await world.client().get('/backups?limit=1')).body.items[0];

  it.each(stepsOf('part 2 done'))(
    'leaves nothing half, and a row that is true: $request, $how',
    async ({ request, how }) => {
      const before = await world.checksums();
      await world.killAt({ request, how });
      await eventually(async () => !['queued', 'running'].includes((await newest())?.status ?? ''));
      expect(await newest()).toMatchObject({ status: 'failed', error_code: 'backups.interrupted' });
      expect(await world.uploads()).toEqual([]);
      // What is visible is whole, and is no backup's until a rescan adopts it.
      const isPublished = request === 'look 2' || (request === 'end' && how === 'done');
      const found = [...(await world.checksums())].filter(([name]) => !before.has(name));
      expect(found).toHaveLength(isPublished ? 1 : 0);
      const { adopted, unreadable, missing } = await world.client().rescan();
      expect([adopted.length, unreadable, missing]).toEqual([found.length, [], []]);
      for (const id of adopted)
        expect((await world.client().get(`/backups/${id}`)).body.item).toMatchObject({
          status: 'success',
          filename: found[0]?.[0],
          checksum: found[0]?.[1],
        });
      const { filename = '', checksum } = await world.client().backUp();
      expect((await world.checksums()).get(filename)).toBe(checksum);
    },
  );
});

describe('a process that copies a backup to S3 and is killed', () => {
  let world: S3World;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-kill-s3-'));
    world = await s3World(server, async (place, endpoint) => {
      const file = join(directory, 'storages.json');
      await writeFile(file, JSON.stringify([{ name: 'far', url: s3Url(place), endpoint, region: place.region }]));
      return { BERKUT_BACKUP_STORAGES_FILE: file };
    });
  });
  afterAll(async () => {
    await world.remove();
    await rm(directory, { recursive: true });
  });

  /** What the row tells is so at each moment. */
  const isCopied = async (id: number): Promise<boolean> => {
    const { files = [], filename = '', checksum } = (await world.client().get(`/backups/${id}`)).body.item;
    const isTold = files.some(({ storage, state }) => storage === 'far' && state === 'present');
    if (isTold) expect((await world.checksums()).get(filename)).toBe(checksum);
    return isTold;
  };

  it.each(stepsOf('end done'))('leaves nothing half, and the copy is made: $request, $how', async (step) => {
    await world.killAt(step);
    const backups = (await world.client().get('/backups')).body.items;
    // Nothing is visible of a copy but all of it.
    const checksums = new Map(backups.map(({ filename = '', checksum }) => [filename, checksum]));
    for (const [name, checksum] of await world.checksums())
      expect([name, checksum]).toEqual([name, checksums.get(name)]);
    for (const { id, status } of backups) {
      expect(status).toBe('success');
      await eventually(() => isCopied(id));
    }
    expect((await world.checksums()).size).toBe(backups.length);
    expect(await world.uploads()).toEqual([]);
  });
});
