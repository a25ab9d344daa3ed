import { isUtf8 } from 'node:buffer';
import {
  type Attributes,
  BLOCK_BYTES,
  checksumOf,
  FIELD,
  paddingBytes,
  type TarEntry,
  TOP_DIRECTORY,
  TYPE_FLAGS,
} from './tar-entry';
import { NS_PER_SECOND } from './nanoseconds';

const MAX_NAME_BYTES = FIELD.name[1];

/** The archive's first header, which describes the directory that everything else is in. */
export function topDirectoryHeader({ mode, uid, gid, mtimeNs }: Attributes): Buffer {
  const said = [mode.toString(8), uid, gid, secondsText(mtimeNs)].join(' ');
  return extendedHeader('g', [record(TOP_DIRECTORY, Buffer.from(said))]);
}

/** Everything of an entry that comes before its body. What a plain header cannot say is in an extended one before it. */
export function entryHeader(entry: TarEntry): Buffer {
  const name = entry.type === 'directory' ? Buffer.concat([entry.name, Buffer.from('/')]) : entry.name;
  const { target = Buffer.alloc(0), sizeBytes, uid, gid, mtimeNs } = entry;
  const records = [
    ...(isUtf8(name) && isUtf8(target) ? [] : [record('hdrcharset', Buffer.from('BINARY'))]),
    ...(fitsPlainly(name) ? [] : [record('path', name)]),
    ...(fitsPlainly(target) ? [] : [record('linkpath', target)]),
    ...(fits(sizeBytes, FIELD.size) ? [] : [record('size', Buffer.from(String(sizeBytes)))]),
    ...(fits(uid, FIELD.uid) ? [] : [record('uid', Buffer.from(String(uid)))]),
    ...(fits(gid, FIELD.gid) ? [] : [record('gid', Buffer.from(String(gid)))]),
    ...(isWholeSecond(mtimeNs) ? [] : [record('mtime', Buffer.from(secondsText(mtimeNs)))]),
  ];
  const plain = plainHeader({ ...entry, name, target, flag: TYPE_FLAGS[entry.type] });
  return records.length === 0 ? plain : Buffer.concat([extendedHeader('x', records), plain]);
}

/** Zeros up to the next block. */
export function padding(sizeBytes: number): Buffer {
  return Buffer.alloc(paddingBytes(sizeBytes));
}

/** What every archive ends with. */
export function endOfArchive(): Buffer {
  return Buffer.alloc(2 * BLOCK_BYTES);
}

function extendedHeader(flag: 'g' | 'x', records: readonly Buffer[]): Buffer {
  const body = Buffer.concat(records);
  const name = Buffer.from('PaxHeader');
  const header = plainHeader({
    name,
    target: Buffer.alloc(0),
    flag,
    sizeBytes: body.length,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtimeNs: 0n,
  });
  return Buffer.concat([header, body, padding(body.length)]);
}

/** A record says its own length, which the digits of that length are part of. */
function record(keyword: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${keyword}=`), value, Buffer.from('\n')]);
  let lengthBytes = rest.length + 1;
  while (String(lengthBytes).length + rest.length !== lengthBytes) {
    lengthBytes = String(lengthBytes).length + rest.length;
  }
  return Buffer.concat([Buffer.from(String(lengthBytes)), rest]);
}

function plainHeader(
  entry: Pick<TarEntry, 'sizeBytes' | 'mode' | 'uid' | 'gid' | 'mtimeNs'> & {
    name: Buffer;
    target: Buffer;
    flag: string;
  },
): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  entry.name.copy(block, FIELD.name[0], 0, MAX_NAME_BYTES);
  entry.target.copy(block, FIELD.target[0], 0, FIELD.target[1]);
  putNumber(block, FIELD.mode, entry.mode);
  putNumber(block, FIELD.uid, entry.uid);
  putNumber(block, FIELD.gid, entry.gid);
  putNumber(block, FIELD.size, entry.sizeBytes);
  putNumber(block, FIELD.mtime, Number(entry.mtimeNs / NS_PER_SECOND));
  block.write(entry.flag, FIELD.type[0], 'latin1');
  block.write('ustar\u000000', FIELD.magic[0], 'latin1');
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, FIELD.checksum[0], 'latin1');
  return block;
}

/** A number that does not fit is said by an extended header; here it is 0. */
function putNumber(block: Buffer, field: readonly [number, number], value: number): void {
  const [at, length] = field;
  const text = (fits(value, field) ? value : 0).toString(8).padStart(length - 1, '0');
  block.write(text, at, length - 1, 'latin1');
}

function fits(value: number, [, length]: readonly [number, number]): boolean {
  return value >= 0 && value < 8 ** (length - 1);
}

/** Plain headers are for ASCII: what a byte beyond means is not said there. */
function fitsPlainly(name: Buffer): boolean {
  return name.length <= MAX_NAME_BYTES && name.every((byte) => byte < 0x80);
}

function isWholeSecond(timeNs: bigint): boolean {
  return timeNs % NS_PER_SECOND === 0n && fits(Number(timeNs / NS_PER_SECOND), FIELD.mtime);
}

function secondsText(timeNs: bigint): string {
  const absolute = timeNs < 0n ? -timeNs : timeNs;
  return `${timeNs < 0n ? '-' : ''}${absolute / NS_PER_SECOND}.${String(absolute % NS_PER_SECOND).padStart(9, '0')}`;
}
