import { isFirstVersion, peek } from '../../backups/import/peek';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { isVersion1, openBackup, verifyBackup } from '../../engine/backup/open-backup';
import { verifyForward } from '../../engine/container/read/forward-reader';
import { type HeaderFacts, inspectHeader } from '../../engine/container/format/header';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { HEADER_BYTES } from '../../engine/container/format/layout';
import type { RandomSource } from '../../engine/container/format/random-source';
import { present } from '../../engine/optional/present';
import { counted } from '../terminal/counted';
import { standardInput, STDIN, withContainer, withSpooled } from '../terminal/input-file';
import type { Output } from '../terminal/output';
import { alignedTable, bytesInWords } from '../terminal/table';

/** Says what a header tells without a key, and the manifest when there is a key. */
export async function inspect(path: string, keys: KeyRing | undefined, output: Output): Promise<void> {
  await withContainer(path, async (source) => {
    const header = (await isVersion1(source))
      ? { version: 1 }
      : factsOf(inspectHeader(await source.read(0, Math.min(HEADER_BYTES, source.sizeBytes))));
    const reader = keys === undefined ? undefined : await openBackup(source, keys);
    const facts = {
      ...header,
      ...present({ key_id: reader?.keyId }),
      size_bytes: source.sizeBytes,
    };
    const lines = alignedTable(
      Object.entries(facts).map(([name, value]) =>
        name === 'size_bytes' ? ['size', sizeInWords(source.sizeBytes)] : [name, String(value)],
      ),
    );
    output.result({ ...facts, ...present({ manifest: reader && manifestOf(reader) }) }, [
      ...lines,
      ...(reader === undefined
        ? ['(the manifest needs the key)']
        : `manifest ${JSON.stringify(manifestOf(reader), null, 2)}`.split('\n')),
    ]);
  });
}

/** Reads every byte, compares every digest, and says the checksum of the file; standard input is verified as it comes. */
export async function verify(path: string, keys: KeyRing, output: Output): Promise<void> {
  const found = path === STDIN ? await verifyInput(keys, output) : await verifyFile(path, keys, output);
  const { createdAt, format, sha256, keyId, sizeBytes } = found;
  output.result({ ok: true, format, sha256, key_id: keyId, size_bytes: sizeBytes }, [
    `whole: ${sizeInWords(sizeBytes)}, made ${createdAt}, sealed with key ${keyId}`,
    `sha256 ${sha256}`,
  ]);
}

interface Verified {
  readonly format: 1 | 2;
  readonly createdAt: string;
  readonly sha256: string;
  readonly keyId: string;
  readonly sizeBytes: number;
}

async function verifyInput(keys: KeyRing, output: Output): Promise<Verified> {
  const { first, all } = await peek(counted(standardInput(), (bytes) => output.progress('verifying', bytes, 0)));
  // Version 1 can be opened only when all of it is there.
  if (isFirstVersion(first)) return withSpooled(all, (source) => verifySource(source, keys));
  const { index, sha256, keyId, sizeBytes } = await verifyForward(all, keys, { isOwner: true });
  return { format: 2, createdAt: index.created_at, sha256, keyId, sizeBytes };
}

function verifyFile(path: string, keys: KeyRing, output: Output): Promise<Verified> {
  return withContainer(path, (source) =>
    verifySource(source, keys, (done, total) => output.progress('verifying', done, total)),
  );
}

async function verifySource(
  source: RandomSource,
  keys: KeyRing,
  onProgress?: (done: number, total: number) => void,
): Promise<Verified> {
  const sha256 = await verifyBackup(source, keys, present({ onProgress }));
  const { keyId, index } = await openBackup(source, keys);
  return { format: index.format, createdAt: index.created_at, sha256, keyId, sizeBytes: source.sizeBytes };
}

/** Says streams and tables with their sizes. */
export async function list(path: string, keys: KeyRing, output: Output): Promise<void> {
  await withContainer(path, async (source) => {
    const { streams, tables } = (await openBackup(source, keys)).index;
    output.result(
      {
        streams: streams.map(({ name, kind, plain_size, stored_size }) => ({ name, kind, plain_size, stored_size })),
        tables,
      },
      [
        ...alignedTable(
          streams.map(({ name, plain_size: size, stored_size: stored }) => [
            `stream ${name}`,
            bytesInWords(size),
            `${bytesInWords(stored)} in the file`,
          ]),
          [1, 2],
        ),
        ...alignedTable(
          tables.map(({ schema, name, rows, bytes, parts = [] }) => [
            `table ${schema}.${name}`,
            `${rows} rows`,
            bytesInWords(bytes),
            parts.length > 1 ? `${parts.length} parts` : '',
          ]),
          [1, 2, 3],
        ),
      ],
    );
  });
}

/** For people, and exact. */
function sizeInWords(bytes: number): string {
  return `${bytesInWords(bytes)} (${bytes} bytes)`;
}

function factsOf({ version, fileId, keyId }: HeaderFacts): object {
  return { version, file_id: fileId, key_id: keyId };
}

function manifestOf(reader: BackupReader): object {
  const { streams, ...manifest } = reader.index;
  return { ...manifest, streams: streams.map(({ frame_offsets: _offsets, ...stream }) => stream) };
}
