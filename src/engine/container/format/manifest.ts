import { z } from 'zod';
import { ContainerError } from './container-error';
import { INDEX_LIMIT_BYTES, INDEX_STREAM_ID, SEGMENT_BYTES, smallestSegmentBytes } from './layout';
import { rowShapes, rowsProblem } from './row-parts';

/** A number of bytes, rows, …: never negative, never beyond what JSON numbers hold exactly. */
const count = z.int().nonnegative();

/** A member that may be missing; a writer in another language may say null for that. */
const maybe = <T extends z.ZodType>(schema: T) =>
  schema
    .nullish()
    .transform((value) => value ?? undefined)
    .optional();

/** What neither PostgreSQL nor UTF-8 takes: the null character, and half a surrogate pair. */
const plain = (value: string): boolean => value.isWellFormed() && !value.includes('\0');

/** A text of limited length: any holder of the key may have made the file, and texts get into logs and answers. */
const text = (mostCharacters: number) => z.string().max(mostCharacters).refine(plain);

/** Identifiers of PostgreSQL have 63 bytes. */
const name = text(63);
/** The same, where bytes that are not text may have been escaped. */
const escapedName = text(255);
const shortText = text(255);
/** Sentences have names in them. */
const SENTENCE_CHARACTERS = 8_192;
const sentence = text(SENTENCE_CHARACTERS);

/** A sentence as an index takes it: what is too long for it is cut. */
export function asSentence(said: string): string {
  const short = said.length > SENTENCE_CHARACTERS ? `${said.slice(0, SENTENCE_CHARACTERS - 1)}…` : said;
  return short.replaceAll('\0', '').toWellFormed();
}

const rows = rowShapes(escapedName);

const manifestShape = {
  created_at: z.iso.datetime({ offset: true }),
  app: z.object({ name: shortText, version: shortText }),
  label: maybe(shortText),
  scope: z.array(text(64)).min(1),
  includes_files: z.boolean(),
  database: z.object({
    engine: z.literal('postgres'),
    server_version: shortText,
    server_version_num: count,
    name: escapedName,
    encoding: shortText,
    collate: maybe(shortText),
    ctype: maybe(shortText),
    locale_provider: maybe(shortText),
    size_bytes: count,
    schema_version: maybe(z.union([z.number(), shortText])),
    has_public_schema: maybe(z.boolean()),
    lc_monetary: maybe(z.string().max(1024)),
  }),
  tools: z.object({ pg_dump: shortText }),
  extensions: z.array(z.object({ name, version: shortText })),
  roles: z.array(escapedName),
  not_included: z.array(sentence),
  warnings: maybe(z.array(sentence)),
  missing_tables: maybe(z.array(escapedName)),
  audit_head: maybe(z.object({ seq: count, hash: shortText })),
  tables: z.array(
    z.object({
      schema: escapedName,
      name: escapedName,
      rows: count,
      bytes: count,
      columns: maybe(rows.columns),
      partition_root: maybe(rows.partition_root),
      parts: maybe(rows.parts),
      extension: maybe(name),
    }),
  ),
  sequences: maybe(z.array(rows.sequence)),
  views: maybe(
    z.array(z.object({ schema: escapedName, name: escapedName, rows: maybe(count), is_populated: z.boolean() })),
  ),
  entity_counts: z.record(shortText, count),
};

/** The names of streams, by kind (docs/format.md, "Streams"): a name becomes that of a file when a stream is extracted. */
const STREAM_NAMES = {
  schema: /^schema$/,
  data: /^data\/(?:0|[1-9]\d{0,4})$/,
  rows: /^rows\/(?:0|[1-9]\d{0,4})$/,
  files: /^files$/,
} as const;

const streamSchema = z
  .object({
    id: z
      .int()
      .min(0)
      .max(INDEX_STREAM_ID - 1),
    name: shortText.min(1),
    kind: z.enum(['schema', 'data', 'rows', 'files']),
    compression: z.enum(['zstd', 'none']),
    plain_size: count,
    plain_sha256: maybe(z.string().regex(/^[0-9a-f]{64}$/)),
    stored_size: count,
    segments: z.int().min(1),
    frame_offsets: z.string(),
  })
  .refine(
    ({ segments, stored_size: size }) => size <= segments * SEGMENT_BYTES && size >= smallestStreamBytes(segments),
    {
      error: 'segments and stored_size do not fit together',
    },
  )
  .refine(({ kind, name: given }) => STREAM_NAMES[kind].test(given), { error: 'the name is not one of its kind' })
  .refine(({ segments, frame_offsets: offsets }) => isPackedBase64(offsets, segments * 8), {
    error: 'frame_offsets does not hold one offset for each segment',
  });

const indexSchema = z.object({
  format: z.literal(2),
  ...manifestShape,
  streams: z.array(streamSchema).refine(areUnique, { error: 'two streams have the same id or name' }),
});

/** What a backup says of itself: the index without `format` and `streams`. */
export type Manifest = z.output<z.ZodObject<typeof manifestShape>>;

/** One stream in the index: where its frames are, and what its plaintext must be. */
export type StreamEntry = z.output<typeof streamSchema>;

/** The authenticated index of a container: manifest and table of streams (docs/format.md, "Index"). */
export type ContainerIndex = z.output<typeof indexSchema>;

/**
 * Reads an index from its plaintext. Unknown members are left out.
 * @throws ContainerError `index_mismatch` when it is not UTF-8, not JSON, or not an index
 */
export function parseIndex(plaintext: Uint8Array): ContainerIndex {
  return checkedIndex(jsonOf(plaintext));
}

/**
 * The index as it is stored.
 * @throws ContainerError `index_mismatch` when no reader would take it, `index_too_large` beyond 64 MiB
 */
export function encodeIndex(
  manifest: Manifest,
  streams: readonly StreamEntry[],
): { index: ContainerIndex; plaintext: Buffer } {
  const index = checkedIndex({ format: 2, ...manifest, streams });
  const plaintext = Buffer.from(JSON.stringify(index), 'utf8');
  if (plaintext.length > INDEX_LIMIT_BYTES) throw indexTooLarge(plaintext.length);
  return { index, plaintext };
}

/** @param sizeBytes size of the index that is refused */
export function indexTooLarge(sizeBytes: number): ContainerError {
  return new ContainerError(
    'index_too_large',
    `The index needs ${sizeBytes} bytes; at most ${INDEX_LIMIT_BYTES} are allowed.`,
  );
}

/** `frame_offsets` for these file offsets: packed 64-bit integers in padded base64. */
export function encodeOffsets(offsets: readonly number[]): string {
  const packed = Buffer.allocUnsafe(offsets.length * 8);
  offsets.forEach((offset, i) => packed.writeBigUInt64BE(BigInt(offset), i * 8));
  return packed.toString('base64');
}

function jsonOf(plaintext: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext));
  } catch (cause) {
    throw new ContainerError('index_mismatch', 'The index is not JSON.', { streamId: INDEX_STREAM_ID }, { cause });
  }
}

function checkedIndex(value: unknown): ContainerIndex {
  if (hasUnknownKind(value)) {
    const message = 'The file holds a stream of a kind that this version does not support.';
    throw new ContainerError('unsupported_version', message, { version: 2 });
  }
  const { data, error } = indexSchema.safeParse(value);
  if (data === undefined)
    throw invalid(error.issues.map((issue) => issue.path.join('.') || 'index').slice(0, 5), error);
  const problem = rowsProblem(data);
  if (problem !== undefined) throw invalid([problem]);
  return data;
}

const kinds = z.object({ streams: z.array(z.object({ kind: z.string() })) });

/** Files of later versions may hold what no reader of today can load. Such a file is not damaged. */
function hasUnknownKind(value: unknown): boolean {
  return kinds.safeParse(value).data?.streams.some(({ kind }) => !Object.hasOwn(STREAM_NAMES, kind)) === true;
}

function invalid(where: readonly string[], cause?: Error): ContainerError {
  const message = `The index is not valid: ${[...new Set(where)].join(', ')}.`;
  return new ContainerError('index_mismatch', message, { streamId: INDEX_STREAM_ID }, { cause });
}

/** All segments but the last are full. */
function smallestStreamBytes(segments: number): number {
  return (segments - 1) * SEGMENT_BYTES + smallestSegmentBytes(segments - 1);
}

/** A regular expression would do, but V8's runs out of stack on the megabytes that a large backup has. */
function isPackedBase64(text: string, byteCount: number): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === byteCount && bytes.toString('base64') === text;
}

function areUnique(streams: readonly { id: number; name: string }[]): boolean {
  const ids = new Set(streams.map(({ id }) => id));
  const names = new Set(streams.map(({ name }) => name));
  return ids.size === streams.length && names.size === streams.length;
}
