import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type ContainerReader, openContainer } from '../engine/container/container-reader';
import { inspectHeader } from '../engine/container/header';
import type { KeyRing } from '../engine/container/key-ring';
import { HEADER_BYTES } from '../engine/container/layout';
import { fileSource, type RandomSource } from '../engine/container/random-source';
import { verifyContainer } from '../engine/container/verify-container';
import { parseDatabaseUrl, withConnection } from '../engine/postgres/connection';
import { findTools } from '../engine/postgres/tools';
import { verifyRestored } from '../engine/postgres/verify-restored';
import { loadBackup } from '../engine/read-backup';

/** Prints what a header tells without a key, and the manifest when there is one that opens the file. */
export async function inspect(path: string, keys: KeyRing | undefined): Promise<void> {
  await withSource(path, async (source) => {
    const header = inspectHeader(await source.read(0, Math.min(HEADER_BYTES, source.sizeBytes)));
    const reader = keys === undefined ? undefined : await openContainer(source, keys);
    print({
      ...header,
      size_bytes: source.sizeBytes,
      ...(reader === undefined ? {} : { manifest: manifestOf(reader) }),
    });
  });
}

/** Reads every byte; prints the checksum of the file. */
export async function verify(path: string, keys: KeyRing): Promise<void> {
  await withSource(path, async (source) => {
    const { sha256, keyId } = await verifyContainer(source, keys, { signal: never() });
    print({ ok: true, sha256, key_id: keyId, size_bytes: source.sizeBytes });
  });
}

/** Prints streams and tables. */
export async function list(path: string, keys: KeyRing): Promise<void> {
  await withSource(path, async (source) => {
    const { index } = await openContainer(source, keys);
    for (const { name, plain_size: size } of index.streams) process.stdout.write(`stream ${name}\t${size} bytes\n`);
    for (const { schema, name, rows, bytes } of index.tables) {
      process.stdout.write(`table ${schema}.${name}\t${rows} rows\t${bytes} bytes\n`);
    }
  });
}

/** Writes the plaintext of one stream to standard output. */
export async function extract(path: string, stream: string, keys: KeyRing): Promise<void> {
  await withSource(path, async (source) => {
    const reader = await openContainer(source, keys);
    if (!reader.index.streams.some(({ name }) => name === stream))
      throw new Error(`the backup has no stream ${stream}`);
    await pipeline(reader.readStream(stream, { signal: never() }), process.stdout, { end: false });
  });
}

/** Verifies a container, loads it into an empty database and compares the rows. */
export async function restore(
  path: string,
  keys: KeyRing,
  url: string | undefined,
  options: { jobs: number; keepsOwners: boolean },
): Promise<void> {
  if (url === undefined || url === '') throw new Error('no database: set BERKUT_RESTORE_URL');
  if (!Number.isInteger(options.jobs) || options.jobs < 1) throw new Error('--jobs is a whole number from 1');
  const address = parseDatabaseUrl(url);
  await withSource(path, async (source) => {
    await verifyContainer(source, keys, { signal: never() });
    const reader = await openContainer(source, keys);
    const serverVersionNum = await withConnection(address, async (client) => {
      const { rows } = await client.query<{ tables: string; version: string }>(
        `SELECT count(*) AS tables, current_setting('server_version_num') AS version FROM pg_class c
           JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')`,
      );
      if (rows[0]?.tables !== '0') throw new Error('the database is not empty: make a new one for the restore');
      return Number(rows[0].version);
    });
    await loadBackup({
      reader,
      address,
      tools: await findTools({ serverVersionNum }),
      ownership: options.keepsOwners ? 'keep' : 'leave out',
      jobs: options.jobs,
      signal: never(),
      onProgress: () => undefined,
    });
    const compared = await withConnection(address, (client) => verifyRestored(client, reader.index, never()));
    print({ ok: true, ...compared });
  });
}

async function withSource(path: string, work: (source: RandomSource) => Promise<void>): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await work(fileSource(handle, (await handle.stat()).size));
  } finally {
    await handle.close();
  }
}

function manifestOf(reader: ContainerReader): object {
  const { streams, ...manifest } = reader.index;
  return { ...manifest, streams: streams.map(({ frame_offsets: _offsets, ...stream }) => stream) };
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

function never(): AbortSignal {
  return new AbortController().signal;
}
