import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { chown, copyFile, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FullCheck } from '../../src/backups/storage-check/full-check';
import { rekey, type RekeyedFile } from '../../src/cli/container/rekey';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { fileSource } from '../../src/engine/container/format/random-source';
import { KeyRing } from '../../src/engine/container/keys/key-ring';
import { verifyContainer } from '../../src/engine/container/read/verify-container';
import { itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { containerOf, PLAIN, TEST_KEY, testKey, ZSTD } from '../support/containers';

const OLD = new KeyRing(testKey(1));
const NEW = new KeyRing(testKey(2));
const BOTH = new KeyRing(testKey(2), [testKey(1)]);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berkut-rekey-'));
});
afterEach(() => rm(directory, { recursive: true }));

const fill = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) {
    const plain = Buffer.alloc(200_000, `file ${i}`);
    const file = await containerOf([{ name: 'schema', kind: 'schema', compression: ZSTD, plain }], testKey(1));
    await writeFile(join(directory, `backup-${i}.bscc`), file, { mode: 0o600 });
  }
};
const containers = async (): Promise<string[]> =>
  (await readdir(directory)).filter((name) => /^backup-.*\.bscc$/.test(name)).map((name) => join(directory, name));
const opensWith = async (path: string, ring: KeyRing): Promise<boolean> => {
  const handle = await open(path);
  try {
    const source = fileSource(handle, (await handle.stat()).size);
    await openContainer(source, ring);
    await verifyContainer(source, ring);
    return true;
  } catch {
    return false;
  } finally {
    await handle.close();
  }
};
/** Whether a copy costs nothing here, so that there is nothing to tell of. */
const canShareBlocks = async (place: string): Promise<boolean> => {
  const [from, to] = [join(place, 'from'), join(place, 'to')];
  await writeFile(from, 'x');
  const isShared = await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
  for (const path of [from, to]) await rm(path, { force: true });
  return isShared;
};
const all = async (path: string, ring: KeyRing): Promise<RekeyedFile[]> => {
  const results: RekeyedFile[] = [];
  for await (const one of rekey(path, ring)) results.push(one);
  return results;
};

describe('rekeying', () => {
  it('changes the header alone, and the old key opens the file no more', async () => {
    await fill(2);
    const [path = ''] = await containers();
    const before = await readFile(path);
    expect((await all(path, BOTH)).map(({ result }) => result)).toEqual(['rekeyed']);
    const after = await readFile(path);
    expect(after.subarray(0, 24)).toEqual(before.subarray(0, 24));
    expect(after.subarray(128)).toEqual(before.subarray(128));
    expect([await opensWith(path, NEW), await opensWith(path, OLD)]).toEqual([true, false]);
    expect((await all(path, BOTH)).map(({ result }) => result)).toEqual(['unchanged']);
  });

  it('tells how far it is within a file, and never goes back', async () => {
    const plain = randomBytes(20_000_000);
    const file = await containerOf([{ name: 'data/0', compression: PLAIN, plain }], testKey(1));
    await writeFile(join(directory, 'backup-0.bscc'), file, { mode: 0o600 });
    const told: number[] = [];
    for await (const { result } of rekey(directory, BOTH, (done) => void told.push(done)))
      expect(result).toBe('rekeyed');
    expect([told[0], told.at(-1)]).toEqual([0, file.length]);
    expect(told).toEqual(told.toSorted((one, other) => one - other));
    expect(new Set(told).size).toBe((await canShareBlocks(directory)) ? 2 : 4);
    expect(await opensWith(join(directory, 'backup-0.bscc'), NEW)).toBe(true);
  });

  it('goes through a directory, says what it cannot open, and follows no link', async () => {
    await fill(3);
    await writeFile(join(directory, 'broken.bscc'), 'BSCC');
    await writeFile(join(directory, 'notes.txt'), 'x');
    await symlink('/etc/passwd', join(directory, 'link.bscc'));
    const results = await all(directory, BOTH);
    expect(results.map(({ file, result }) => [file.slice(directory.length + 1), result])).toEqual([
      ['backup-0.bscc', 'rekeyed'],
      ['backup-1.bscc', 'rekeyed'],
      ['backup-2.bscc', 'rekeyed'],
      ['broken.bscc', 'failed'],
    ]);
    expect((await readdir(directory)).length).toBe(6);
  });

  it('writes to nothing that lies in its way: neither through a link of a name that it could take, nor to what that leads to', async () => {
    await fill(1);
    const [path = ''] = await containers();
    const precious = join(directory, 'precious');
    await writeFile(precious, 'of root', { mode: 0o600 });
    await symlink(precious, join(directory, '.rekey-backup-0.bscc'));
    expect((await all(directory, BOTH)).map(({ result }) => result)).toEqual(['rekeyed']);
    expect(await readFile(precious, 'utf8')).toBe('of root');
    expect((await stat(precious)).uid).toBe(process.getuid?.());
    expect(await opensWith(path, NEW)).toBe(true);
    expect((await readdir(directory)).sort()).toEqual(['.rekey-backup-0.bscc', 'backup-0.bscc', 'precious']);
  });

  it('leaves every file whole, wherever it is killed, and the next run goes on', async () => {
    await fill(1);
    const [path = ''] = await containers();
    const original = await readFile(path);
    const stops: string[] = [];
    const states: string[] = [];
    for (let call = 1; ; call += 1) {
      await writeFile(path, original);
      for (const name of await readdir(directory)) if (name.startsWith('.')) await rm(join(directory, name));
      const child = spawn(
        process.execPath,
        ['register-typescript.js', 'pause-file-calls.js']
          .flatMap((file) => ['--require', join(__dirname, '../support', file)])
          .concat(join(__dirname, '../support/rekey-program.ts'), directory),
        {
          env: { PATH: process.env['PATH'], PAUSE_BEFORE: String(call) },
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('paused')) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const [old, fresh] = [await opensWith(path, OLD), await opensWith(path, NEW)];
      expect([call, old !== fresh]).toEqual([call, true]);
      if (!said.includes('paused')) break;
      stops.push(/paused before (\w+)/.exec(said)?.[1] ?? '');
      states.push(old ? 'old' : 'new');
    }
    // Copy, header, its sync and end; the name; the directory's sync; the ends of the file and of the directory. Where the file
    // system shares no blocks, the content is written, too.
    const content = (await canShareBlocks(directory)) ? [] : ['write'];
    expect(stops).toEqual(['copy', ...content, 'write', 'sync', 'close', 'rename', 'sync', 'close', 'close']);
    expect(states.filter((state) => state === 'old')).toHaveLength(5 + content.length);
    expect(states.slice(-3)).toEqual(['new', 'new', 'new']);
    // What the last killed run has left behind.
    await writeFile(join(directory, '.rekey-backup-0.bscc'), 'half');
    expect((await all(directory, BOTH)).map(({ result }) => result)).toEqual(['unchanged']);
    expect((await readdir(directory)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('leaves the owner as it is, skips version 1, and works in a directory behind a link', async () => {
    await fill(1);
    const [path = ''] = await containers();
    const isRoot = process.getuid?.() === 0;
    if (isRoot) await chown(path, 4711, 4712);
    await copyFile(join(__dirname, '../vectors/version1.bscc'), join(directory, 'old-service.bscc'));
    await symlink(directory, `${directory}-link`);
    try {
      expect((await all(`${directory}-link`, BOTH)).map(({ result }) => result)).toEqual(['rekeyed', 'skipped']);
    } finally {
      await rm(`${directory}-link`);
    }
    const { uid, gid, mode } = await stat(path);
    expect([uid, gid, mode & 0o777]).toEqual([
      isRoot ? 4711 : process.getuid?.(),
      isRoot ? 4712 : process.getgid?.(),
      0o600,
    ]);
  });

  itLong(
    'is noticed by the service, which then needs the new key alone, for backups and for its audit log',
    async () => {
      const service = await startTestService({ small: true });
      const keyFile = join(directory, 'old.keys');
      await writeFile(keyFile, `${TEST_KEY}\n`);
      const onlyNew = { BACKUP_ENCRYPTION_KEY: '02'.repeat(32) };
      /** Runs it with other keys for as long as some work takes. */
      const running = async (environment: Record<string, string>, work: (one: TestService) => Promise<void>) => {
        const one = await startTestService({ beside: service, environment });
        try {
          await work(one);
        } finally {
          await one.stop();
        }
      };
      const verdict = async (one: TestService): Promise<unknown> => (await one.client.get('/audit/verify')).body;
      try {
        const backup = await service.client.backUp();
        const gone = await service.client.backUp();
        await service.stopService();
        await rm(join(service.storagePath, gone.filename ?? ''));
        await expect(startTestService({ beside: service, environment: onlyNew })).rejects.toThrow(
          `1 of 2 backups need keys that are not in the key ring: ${testKey(1).id}; the ring has ${testKey(2).id}.`,
        );
        await running({ ...onlyNew, BERKUT_BACKUP_ALLOW_MISSING_KEYS: 'true' }, async (allowing) => {
          const { item: locked } = (await allowing.client.get(`/backups/${backup.id}`)).body;
          expect(locked).toMatchObject({
            error_code: 'backups.decrypt_failed',
            error_message: `It needs key ${testKey(1).id}; the key ring has ${testKey(2).id}.`,
          });
          // It cannot be told now who signed the earlier records.
          expect(await verdict(allowing)).toMatchObject({ ok: false, first_broken: { seq: 1, reason: 'signature' } });
        });
        await running({ ...onlyNew, BERKUT_BACKUP_PREVIOUS_KEYS_FILE: keyFile }, async (rotating) => {
          expect(await verdict(rotating)).toMatchObject({ ok: true });
          expect((await rotating.client.get('/backups')).status).toBe(200);
        });
        await all(service.storagePath, BOTH);
        await running(onlyNew, async (rotated) => {
          await rotated.idle();
          const { item } = (await rotated.client.get(`/backups/${backup.id}`)).body;
          expect(item.checksum).not.toBe(backup.checksum);
          expect(item.meta_json.key_id).toBe(testKey(2).id);
          expect(item).not.toHaveProperty('error_code');
          expect(await rotated.client.restore(backup.id)).toMatchObject({ status: 'success' });
          expect(await verdict(rotated)).toMatchObject({ ok: true });
          expect(await rotated.client.rescan()).toMatchObject({ rekeyed: [], adopted: [], unreadable: [] });
        });
        // Where both keys are known, it is noticed when the file is read in full, and is not taken for damage.
        await all(service.storagePath, new KeyRing(testKey(1), [testKey(2)]));
        await writeFile(keyFile, `${onlyNew.BACKUP_ENCRYPTION_KEY}\n`);
        await running({ BERKUT_BACKUP_PREVIOUS_KEYS_FILE: keyFile }, async (back) => {
          await back.query(`UPDATE backups SET file_read_at = now() - interval '31 days'`);
          const full = back.app.get(FullCheck);
          // One of the two files is gone.
          for (let turn = 0; turn < 2; turn += 1) await full.checkNext(new AbortController().signal);
          const { item } = (await back.client.get(`/backups/${backup.id}`)).body;
          expect(item.meta_json.key_id).toBe(testKey(1).id);
          expect(item).not.toHaveProperty('error_code');
        });
      } finally {
        await service.stop();
      }
    },
  );
});
