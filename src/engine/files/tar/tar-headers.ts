import { FilesError } from './files-error';
import { type Attributes, type EntryType, FIELD, type TarEntry } from './tar-entry';
import { NS_PER_SECOND } from './nanoseconds';

const NO_BYTES = Buffer.alloc(0);

/** Entries that can be unpacked; `7` is a file that was stored in one piece, and an old header says nothing for a file. */
const TYPES: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '5': 'directory',
};

/** Type and size of what follows a header. */
export function headerOf(block: Buffer): { flag: string; sizeBytes: number } {
  return { flag: flagOf(block), sizeBytes: Number(numberAt(block, FIELD.size)) };
}

/** What the headers before an entry say of it. */
export class ExtendedHeader {
  #records = new Map<string, Buffer>();
  #longName: Buffer | undefined;
  #longTarget: Buffer | undefined;

  /** @param flag `x` of POSIX, `L` and `K` of GNU */
  add(flag: string, value: Buffer): void {
    if (flag === 'L') this.#longName = untilZero(value);
    else if (flag === 'K') this.#longTarget = untilZero(value);
    else this.#records = recordsOf(value);
  }

  /** @throws FilesError `refused` for a type that is not unpacked */
  entryOf(block: Buffer): TarEntry {
    const full = this.#records.get('path') ?? this.#longName ?? plainName(block);
    const isNamedDirectory = full.at(-1) === 0x2f;
    const name = withoutEndingSlashes(full);
    const flag = flagOf(block);
    const type = flag !== '5' && TYPES[flag] === 'file' && isNamedDirectory ? 'directory' : TYPES[flag];
    // GNU's way to store a file with holes puts a map of them before its content.
    const isSparse = [...this.#records.keys()].some((keyword) => keyword.startsWith('GNU.sparse'));
    if (type === undefined || isSparse) {
      throw new FilesError(
        'refused',
        'The archive holds an entry that is not a file, directory or link.',
        name.toString(),
      );
    }
    const target = this.#records.get('linkpath') ?? this.#longTarget ?? untilZero(fieldOf(block, FIELD.target));
    return {
      type,
      name,
      sizeBytes: this.#number('size') ?? Number(numberAt(block, FIELD.size)),
      mode: Number(numberAt(block, FIELD.mode)) & 0o7777,
      uid: this.#number('uid') ?? Number(numberAt(block, FIELD.uid)),
      gid: this.#number('gid') ?? Number(numberAt(block, FIELD.gid)),
      mtimeNs: timeOf(this.#records.get('mtime')) ?? numberAt(block, FIELD.mtime) * NS_PER_SECOND,
      ...(type === 'symlink' || type === 'link' ? { target } : {}),
    };
  }

  #number(keyword: string): number | undefined {
    const value = this.#records.get(keyword);
    return value === undefined ? undefined : checked(Number(value.toString('latin1')));
  }
}

/**
 * The values of an extended header by their keywords.
 *
 * @throws FilesError `refused`
 */
export function recordsOf(bytes: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(0x20, at);
    const equals = bytes.indexOf(0x3d, blank);
    const end = at + Number(bytes.toString('latin1', at, blank));
    const isWhole = blank > at && equals > blank && end > equals && bytes[end - 1] === 0x0a;
    if (!isWhole) throw new FilesError('refused', 'The archive holds a header that cannot be read.');
    records.set(bytes.toString('utf8', blank + 1, equals), bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

/** @param value of the archive's global header, when it has one of ours */
export function topDirectoryOf(value: Buffer | undefined): Attributes | undefined {
  const [mode, uid, gid, time] = value?.toString('latin1').split(' ') ?? [];
  const mtimeNs = timeOf(time === undefined ? undefined : Buffer.from(time));
  if (mode === undefined || mtimeNs === undefined) return undefined;
  return {
    mode: checked(Number.parseInt(mode, 8)) & 0o7777,
    uid: checked(Number(uid)),
    gid: checked(Number(gid)),
    mtimeNs,
  };
}

function flagOf(block: Buffer): string {
  return block.toString('latin1', FIELD.type[0], FIELD.type[0] + 1);
}

function plainName(block: Buffer): Buffer {
  const isUstar = block.toString('latin1', FIELD.magic[0], FIELD.magic[0] + 6) === 'ustar\0';
  const prefix = isUstar ? untilZero(fieldOf(block, FIELD.prefix)) : NO_BYTES;
  const name = untilZero(fieldOf(block, FIELD.name));
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}

function fieldOf(block: Buffer, [at, length]: readonly [number, number]): Buffer {
  return block.subarray(at, at + length);
}

function untilZero(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end));
}

function withoutEndingSlashes(name: Buffer): Buffer {
  let end = name.length;
  while (end > 0 && name[end - 1] === 0x2f) end -= 1;
  return name.subarray(0, end);
}

/** Octal digits; or, with the first bit set, a number of that many bytes. */
function numberAt(block: Buffer, field: readonly [number, number]): bigint {
  const bytes = fieldOf(block, field);
  const first = bytes[0] ?? 0;
  if (first >= 0x80) {
    const value = BigInt(`0x${bytes.toString('hex')}`) & ((1n << BigInt(bytes.length * 8 - 1)) - 1n);
    checked(Number(value));
    return value;
  }
  const digits = bytes.toString('latin1').replaceAll('\0', ' ').trim();
  return digits === '' ? 0n : BigInt(checked(Number.parseInt(digits, 8)));
}

/** @returns nanoseconds, or `undefined` for what is no time */
function timeOf(value: Buffer | undefined): bigint | undefined {
  const found = /^(-?)(\d{1,12})(?:\.(\d{1,32}))?$/.exec(value?.toString('latin1') ?? '');
  if (found === null) return undefined;
  const [, sign, seconds = '0', fraction = ''] = found;
  const timeNs = BigInt(seconds) * NS_PER_SECOND + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -timeNs : timeNs;
}

function checked(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new FilesError('refused', 'The archive holds a number that is not one.');
  return value;
}
