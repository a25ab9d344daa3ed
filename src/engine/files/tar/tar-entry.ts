/** Kinds of entries that are packed and unpacked. A `link` is a second name of a file that came before. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'link';

/** Who a file belongs to, what may be done with it, and when it was last written. */
export interface Attributes {
  /** Permissions with set-user-id, set-group-id and sticky bit. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint;
}

/** One entry of an archive. Names are bytes: a file system asks for no encoding. */
export interface TarEntry extends Attributes {
  readonly type: EntryType;
  /** Within the tree, with slashes, and without one at its end. */
  readonly name: Buffer;
  /** Of what follows the header. */
  readonly sizeBytes: number;
  /** What a symbolic link says, or the name that a hard link shares its file with. */
  readonly target?: Buffer;
}

export const BLOCK_BYTES = 512;

/** Types as a header says them. */
export const TYPE_FLAGS: Readonly<Record<EntryType, string>> = { file: '0', link: '1', symlink: '2', directory: '5' };

/** Where the fields of a header are (POSIX.1-2017, pax, "ustar Interchange Format"): offset and length. */
export const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  target: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
} as const;

/**
 * Record of the archive's global header: mode, owner, group and time of the top directory. It is no entry of its own, because
 * readers of earlier versions refuse one.
 */
export const TOP_DIRECTORY = 'BERKUT.directory';

/** Sum of a header's bytes, its own field counted as blanks. */
export function checksumOf(block: Buffer): number {
  const [at, length] = FIELD.checksum;
  let sum = 32 * length;
  for (const [i, byte] of block.entries()) if (i < at || i >= at + length) sum += byte;
  return sum;
}

/** Bytes that fill the last block of a body. */
export function paddingBytes(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}
