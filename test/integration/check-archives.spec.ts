import { randomBytes } from 'node:crypto';
import type { BackupIndex } from '../../src/engine/container/read/backup-reader';
import { openBackup, verifyBackup } from '../../src/engine/backup/open-backup';
import { ArchiveCheck } from '../../src/engine/backup/check-archives';
import { bufferSource } from '../../src/engine/container/format/random-source';
import { refuseNewerArchive } from '../../src/engine/postgres/archive/archive-version';
import { findTools } from '../../src/engine/postgres/server/tools';
import { ToolError } from '../../src/engine/process/tool-error';
import { containerOf, testManifest, testRing, type TestStream } from '../support/containers';

describe('the archives of an authentic container', () => {
  const { signal } = new AbortController();
  const check = async (streams: readonly TestStream[]): Promise<void> => {
    const file = bufferSource(await containerOf(streams));
    const archives = new ArchiveCheck(() => findTools({ serverVersionNum: 130_000 }), signal);
    await verifyBackup(file, testRing, { signal, readerOf: archives.readerOf });
    await archives.finish(await openBackup(file, testRing), () => undefined);
  };

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('CREATE TABLE t ();')],
    ['the beginning of an archive', Buffer.from('PGDMP')],
    ['megabytes of something else', Buffer.alloc(5_000_000, 7)],
  ])('are refused when one is %s', async (_, plain) => {
    await expect(check([{ name: 'schema', kind: 'schema', plain }])).rejects.toThrow(ToolError);
  });

  it('are refused with both versions when newer tools have made them', async () => {
    // As pg_restore reads it: its magic, the version 1.99.0, sizes of integers and offsets, and the custom format.
    const plain = Buffer.concat([Buffer.from('PGDMP'), Buffer.of(1, 99, 0, 4, 8, 1)]);
    await expect(check([{ name: 'schema', kind: 'schema', plain }])).rejects.toThrow(
      /^This backup cannot be read here: pg_restore \d+ is older than the pg_dump that made the backup: install newer/,
    );
    const tools = await findTools({ serverVersionNum: 130_000 });
    const index: BackupIndex = { format: 2, ...testManifest(), tools: { pg_dump: '99.1 (Debian)' }, streams: [] };
    expect(() => refuseNewerArchive(index, tools)).toThrow(
      /pg_restore \d+ is older than the pg_dump 99 that made the backup: install postgresql-client-99/,
    );
    expect(() => refuseNewerArchive({ ...index, tools: { pg_dump: '' } }, tools)).not.toThrow();
  });

  it('do not include the application files', async () => {
    await check([{ name: 'files', kind: 'files', plain: Buffer.alloc(1000, 7) }]);
  });

  it('are told from a container that is not authentic', async () => {
    const file = await containerOf([{ name: 'schema', kind: 'schema', plain: randomBytes(3_000_000) }]);
    file.writeUInt8(file.readUInt8(1_500_000) ^ 1, 1_500_000);
    const archives = new ArchiveCheck(() => findTools({ serverVersionNum: 130_000 }), signal);
    await expect(
      verifyBackup(bufferSource(file), testRing, { signal, readerOf: archives.readerOf }),
    ).rejects.toMatchObject({ fault: 'corrupted' });
  });

  it('are not read without tools; the container is verified all the same', async () => {
    const noTools = (): Promise<never> => Promise.reject(new Error('no tools'));
    const archives = new ArchiveCheck(noTools, signal);
    const options = { signal, readerOf: archives.readerOf };
    const streams: TestStream[] = [{ name: 'schema', kind: 'schema', plain: randomBytes(3_000_000) }];
    const file = await containerOf(streams);
    await verifyBackup(bufferSource(file), testRing, options);
    await expect(archives.finish(await openBackup(bufferSource(file), testRing), () => undefined)).rejects.toThrow(
      'no tools',
    );
    file.writeUInt8(file.readUInt8(1_500_000) ^ 1, 1_500_000);
    await expect(verifyBackup(bufferSource(file), testRing, options)).rejects.toMatchObject({ fault: 'corrupted' });
  });
});
