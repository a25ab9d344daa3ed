import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { BackupIndex, BackupReader } from '../read/backup-reader';
import { ContainerError } from '../format/container-error';
import type { KeyRing } from '../keys/key-ring';
import { type RandomSource, readSequentially } from '../format/random-source';
import { openV1File, type V1File, v1Plaintext, v1PlaintextForward } from './v1-chunks';
import { readV1Tar, type V1Content } from './v1-tar';

/** The one stream of a version 1 file: a whole archive of `pg_dump`, schema and data. */
const V1_STREAM = 'dump';

const manifestShape = z.object({
  format_version: z.literal('1'),
  created_at: z.iso.datetime({ offset: true }),
  app_version: z.string(),
  db_engine: z.literal('postgres'),
  goose_db_version: z.int().nonnegative().optional(),
  backup_scope: z.array(z.string()).min(1).optional(),
  notes: z.string().optional(),
  entity_counts: z.record(z.string(), z.int().nonnegative()).optional(),
});

const checksumsShape = z.object({ manifest_sha256: z.string(), dump_sha256: z.string() });

const BLOCK_BYTES = 1_048_576;

/** A version 1 file, read from front to back each time: the format has no index. */
export class V1Reader implements BackupReader {
  readonly schemaStream = V1_STREAM;
  readonly isOneArchive = true;
  readonly isListed = false;
  readonly isOurs = false;

  constructor(
    private readonly file: V1File,
    readonly index: BackupIndex,
    /** Digests of the two parts, as the original service shows them. */
    readonly checksums: { readonly manifest_sha256: string; readonly dump_sha256: string },
  ) {}

  get keyId(): string {
    return this.file.key.id;
  }

  /** @throws ContainerError; RangeError for any stream but {@link V1_STREAM} */
  async *readStream(name: string, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Buffer> {
    if (name !== V1_STREAM) throw new RangeError(`The container has no stream ${name}.`);
    const { readable, writable } = new TransformStream<Buffer, Buffer>();
    const writer = writable.getWriter();
    const reading = readV1Tar(v1Plaintext(this.file, signal), (chunk) => writer.write(chunk)).then(
      () => writer.close(),
      (error: unknown) => writer.abort(error),
    );
    reading.catch(() => undefined);
    // Copies, which are the caller's: those of the tar share their memory.
    for await (const chunk of readable) yield Buffer.from(chunk);
    await reading;
  }
}

/**
 * Opens a version 1 file and verifies all of it: every chunk, that the tar is complete, and both checksums. There is no
 * other way to see its manifest.
 *
 * @returns the reader, and the SHA-256 of the whole file
 * @throws ContainerError
 */
export async function openV1(
  source: RandomSource,
  ring: KeyRing,
  options: { signal?: AbortSignal; onProgress?: (bytesDone: number, bytesTotal: number) => void } = {},
): Promise<{ reader: V1Reader; sha256: string }> {
  const { signal, onProgress } = options;
  const file = await openV1File(source, ring);
  let bytesDone = 0;
  const content = await readV1Tar(
    (async function* () {
      for await (const chunk of v1Plaintext(file, signal)) {
        bytesDone += chunk.length;
        onProgress?.(Math.min(bytesDone, source.sizeBytes), source.sizeBytes);
        yield chunk;
      }
    })(),
    () => undefined,
  );
  const checksums = jsonOf(content, 'checksums.json', checksumsShape);
  if (
    checksums.manifest_sha256.toLowerCase() !== content.sha256['manifest.json'] ||
    checksums.dump_sha256.toLowerCase() !== content.sha256['db.dump']
  ) {
    throw new ContainerError('digest_mismatch', 'A part of the file does not have its recorded checksum.');
  }
  const digest = createHash('sha256');
  for await (const block of readSequentially(source, BLOCK_BYTES, signal)) digest.update(block);
  const index = indexOf(jsonOf(content, 'manifest.json', manifestShape), content);
  return { reader: new V1Reader(file, index, checksums), sha256: digest.digest('hex') };
}

/**
 * Authenticates a version 1 file while it arrives, and checks that its tar is complete; its checksums are for
 * {@link openV1}.
 *
 * @throws ContainerError
 */
export async function verifyV1Forward(chunks: AsyncIterable<Uint8Array>, ring: KeyRing): Promise<void> {
  await readV1Tar(v1PlaintextForward(chunks, ring), () => undefined);
}

/** In the words of version 2, as far as version 1 says anything: what it does not say is empty. */
function indexOf(manifest: z.output<typeof manifestShape>, content: V1Content): BackupIndex {
  const notes = new Map(
    (manifest.notes ?? '').split(';').map((part) => [part.split('=')[0] ?? '', part.slice(part.indexOf('=') + 1)]),
  );
  const noted =
    notes
      .get('scope')
      ?.split(',')
      .filter((name) => name !== '') ?? [];
  const scope = (manifest.backup_scope ?? (noted.length > 0 ? noted : ['ALL'])).toSorted();
  const label = notes.get('label') ?? '';
  return {
    format: 1,
    created_at: manifest.created_at,
    app: { name: 'berkut-scc', version: manifest.app_version },
    ...(label === '' ? {} : { label }),
    scope,
    // The original never stored files, whatever its manifest says.
    includes_files: false,
    database: {
      engine: 'postgres',
      server_version: 'unknown',
      server_version_num: 0,
      name: 'unknown',
      encoding: 'UTF8',
      size_bytes: 0,
      schema_version: manifest.goose_db_version,
    },
    tools: { pg_dump: 'unknown' },
    extensions: [],
    roles: [],
    not_included: [],
    tables: [],
    entity_counts: manifest.entity_counts ?? {},
    streams: [
      {
        id: 0,
        name: V1_STREAM,
        kind: 'data',
        compression: 'none',
        plain_size: content.sizes['db.dump'] ?? 0,
        plain_sha256: content.sha256['db.dump'] ?? '',
        stored_size: content.sizes['db.dump'] ?? 0,
        segments: 1,
        frame_offsets: '',
      },
    ],
  };
}

function jsonOf<T extends z.ZodType>(
  content: V1Content,
  member: 'manifest.json' | 'checksums.json',
  shape: T,
): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(content.json[member]?.toString('utf8') ?? '');
  } catch (cause) {
    throw new ContainerError('index_mismatch', `${member} is not JSON.`, {}, { cause });
  }
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  throw new ContainerError('index_mismatch', `${member} is not valid.`, {}, { cause: result.error });
}
