import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rekey, type RekeyedFile } from '../../src/cli/rekey';
import { openContainer } from '../../src/engine/container/container-reader';
import { fileSource } from '../../src/engine/container/random-source';
import { KeyRing } from '../../src/engine/container/key-ring';
import { verifyContainer } from '../../src/engine/container/verify-container';
import { startTestService } from '../support/app';
import { containerOf, TEST_KEY, testKey, ZSTD } from '../support/containers';

const FILES = 12;
const OLD = new KeyRing(testKey(1));
const NEW = new KeyRing(testKey(2));
const BOTH = new KeyRing(testKey(2), [testKey(1)]);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berkut-rekey-'));
});
afterEach(() => rm(directory, { recursive: true }));

const fill = async (count = FILES): Promise<void> => {
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

  it('leaves every file whole, whenever it is killed, and the next run goes on', async () => {
    await fill();
    const keyFile = join(directory, 'old.keys');
    await writeFile(keyFile, `${TEST_KEY}\n`);
    const states = new Set<string>();
    for (let kill = 0; kill < 14; kill += 1) {
      const child = spawn(
        process.execPath,
        [
          '--require',
          join(__dirname, '../support/register-typescript.js'),
          join(__dirname, '../../src/cli/bscc.ts'),
          'rekey',
          directory,
        ],
        {
          env: {
            PATH: process.env['PATH'],
            BACKUP_ENCRYPTION_KEY: '02'.repeat(32),
            BERKUT_BACKUP_PREVIOUS_KEYS_FILE: keyFile,
          },
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      // Killed as soon as so many files are done: somewhere in the next one.
      let lines = 0;
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        lines += text.split('\n').length - 1;
        if (lines > kill) child.kill('SIGKILL');
      });
      await once(child, 'close');
      for (const path of await containers()) {
        const [old, fresh] = [await opensWith(path, OLD), await opensWith(path, NEW)];
        expect([path, old !== fresh]).toEqual([path, true]);
        states.add(old ? 'old' : 'new');
      }
      expect((await containers()).length).toBe(FILES);
    }
    expect(states).toEqual(new Set(['old', 'new']));
    await all(directory, BOTH);
    for (const path of await containers()) expect(await opensWith(path, NEW)).toBe(true);
    expect((await readdir(directory)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is noticed by the service, which then restores the file with the new key alone', async () => {
    const service = await startTestService({ demo: true });
    try {
      const backup = await service.client.backUp();
      await service.stopService();
      await all(service.storagePath, BOTH);
      const keyFile = join(directory, 'old.keys');
      await writeFile(keyFile, `${TEST_KEY}\n`);
      const environment = { BACKUP_ENCRYPTION_KEY: '02'.repeat(32) };
      await expect(startTestService({ beside: service, environment })).rejects.toThrow(
        `1 of 1 backups need keys that are not in the key ring: ${testKey(1).id}; the ring has ${testKey(2).id}.`,
      );
      const allowing = await startTestService({
        beside: service,
        environment: { ...environment, BERKUT_BACKUP_ALLOW_MISSING_KEYS: 'true' },
      });
      const { item: locked } = (await allowing.client.get(`/backups/${backup.id}`)).body;
      expect(locked).toMatchObject({
        error_code: 'backups.decrypt_failed',
        error_message: `It needs key ${testKey(1).id}; the key ring has ${testKey(2).id}.`,
      });
      await allowing.stop();
      const rotated = await startTestService({
        beside: service,
        environment: { ...environment, BERKUT_BACKUP_PREVIOUS_KEYS_FILE: keyFile },
      });
      try {
        expect(await rotated.client.rescan()).toMatchObject({ rekeyed: [backup.id], adopted: [], unreadable: [] });
        const { item } = (await rotated.client.get(`/backups/${backup.id}`)).body;
        expect(item.checksum).not.toBe(backup.checksum);
        expect(item.meta_json.key_id).toBe(testKey(2).id);
        expect(await rotated.client.restore(backup.id)).toMatchObject({ status: 'success' });
      } finally {
        await rotated.stop();
      }
    } finally {
      await service.stop();
    }
  });
});
