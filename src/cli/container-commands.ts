import { type BackupReader, isVersion1, openBackup, verifyBackup } from '../engine/backup-reader';
import { type HeaderFacts, inspectHeader } from '../engine/container/header';
import type { KeyRing } from '../engine/container/key-ring';
import { HEADER_BYTES } from '../engine/container/layout';
import { withContainer } from './input-file';
import type { Output } from './output';

/** Says what a header tells without a key, and the manifest when there is a key. */
export async function inspect(path: string, keys: KeyRing | undefined, output: Output): Promise<void> {
  await withContainer(path, async (source) => {
    const header = (await isVersion1(source))
      ? { version: 1 }
      : factsOf(inspectHeader(await source.read(0, Math.min(HEADER_BYTES, source.sizeBytes))));
    const reader = keys === undefined ? undefined : await openBackup(source, keys);
    const facts = {
      ...header,
      ...(reader === undefined ? {} : { key_id: reader.keyId }),
      size_bytes: source.sizeBytes,
    };
    const lines = Object.entries(facts).map(([name, value]) => `${name.padEnd(10)} ${value}`);
    output.result({ ...facts, ...(reader === undefined ? {} : { manifest: manifestOf(reader) }) }, [
      ...lines,
      ...(reader === undefined
        ? ['(the manifest needs the key)']
        : [`manifest   ${JSON.stringify(manifestOf(reader), null, 2)}`]),
    ]);
  });
}

/** Reads every byte, compares every digest, and says the checksum of the file. */
export async function verify(path: string, keys: KeyRing, output: Output): Promise<void> {
  await withContainer(path, async (source) => {
    const onProgress = (done: number, total: number): void => output.progress('verifying', done, total);
    const sha256 = await verifyBackup(source, keys, { onProgress });
    const { keyId, index } = await openBackup(source, keys);
    output.endProgress();
    output.result({ ok: true, format: index.format, sha256, key_id: keyId, size_bytes: source.sizeBytes }, [
      `whole: ${source.sizeBytes} bytes, made ${index.created_at}, sealed with key ${keyId}`,
      `sha256 ${sha256}`,
    ]);
  });
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
        ...streams.map(({ name, plain_size: size }) => `stream ${name}\t${size} bytes`),
        ...tables.map(({ schema, name, rows, bytes }) => `table ${schema}.${name}\t${rows} rows\t${bytes} bytes`),
      ],
    );
  });
}

function factsOf({ version, fileId, keyId }: HeaderFacts): object {
  return { version, file_id: fileId, key_id: keyId };
}

function manifestOf(reader: BackupReader): object {
  const { streams, ...manifest } = reader.index;
  return { ...manifest, streams: streams.map(({ frame_offsets: _offsets, ...stream }) => stream) };
}
