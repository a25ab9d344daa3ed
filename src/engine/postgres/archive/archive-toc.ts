import { ArchiveBytes } from './archive-bytes';
import { type Decode, decoderFor, encodingIn, UTF8 } from './archive-encoding';
import { type Finding, problem } from '../../findings/finding';
import { incompatible } from '../server/incompatible';
import type { RestoreError } from '../server/restore-error';

/** Reads an archive anew each time. */
export type ArchiveSource = () => AsyncIterable<Buffer>;

/** What the beginning of an archive says of all of it. */
export interface ArchiveHead {
  /** As the server and the pg_dump say it: `15.4 (Debian …)`. */
  readonly serverVersion: string;
  readonly dumpVersion: string;
}

/**
 * One entry of an archive's table of contents: an object, a comment, the rights to something, the rows of a table. The table of
 * contents knows for certain what the text of a dump only looks like: where a definition ends, and what belongs to what.
 */
export interface ArchiveEntry {
  /** Its number in the archive, by which pg_restore and {@link dependencies} know it. */
  readonly id: number;
  /** In pg_dump's words: `TABLE`, `FK CONSTRAINT`, `POLICY`, … */
  readonly type: string;
  /** Empty for what is in no schema. */
  readonly schema: string;
  /** For a constraint or a policy the table and its own name, for a comment or rights the kind and name of what they are for. */
  readonly name: string;
  /** Empty when it has none. */
  readonly owner: string;
  readonly tablespace: string;
  /** Its definition, without the statement that gives it to its owner. */
  readonly sql: string;
  /** pg_restore gives it to its owner by a statement of its own. */
  readonly isGivenToOwner: boolean;
  /** Numbers of the entries that must be there before it. Some may be no entries of this archive. */
  readonly dependencies: readonly number[];
}

const CUSTOM_FORMAT = 1;
/** PostgreSQL 9.0 to 18 write 1.12 to 1.16. */
const OLDEST = 12;
const NEWEST = 16;

/** What pg_restore gives to its owner (`_printTocEntry` of pg_backup_archiver.c). */
const OWNED: ReadonlySet<string> = new Set([
  'AGGREGATE',
  'BLOB',
  'BLOB METADATA',
  'COLLATION',
  'CONVERSION',
  'DOMAIN',
  'EVENT TRIGGER',
  'FOREIGN DATA WRAPPER',
  'FOREIGN TABLE',
  'FUNCTION',
  'MATERIALIZED VIEW',
  'OPERATOR',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'PROCEDURAL LANGUAGE',
  'PROCEDURE',
  'PUBLICATION',
  'SCHEMA',
  'SEQUENCE',
  'SERVER',
  'STATISTICS',
  'SUBSCRIPTION',
  'TABLE',
  'TEXT SEARCH CONFIGURATION',
  'TEXT SEARCH DICTIONARY',
  'TYPE',
  'VIEW',
]);

/** An entry, and where in its bytes the definition is. */
export interface RawEntry {
  readonly entry: ArchiveEntry;
  /** All of the entry; gone when the next one is read. */
  readonly bytes: Buffer;
  /** Where the definition's length begins and where its text ends. */
  readonly sqlFrom: number;
  readonly sqlTo: number;
  /** The same of the statement that its rows follow. */
  readonly copyFrom: number;
  readonly copyTo: number;
  /** When it is made; rights and comments belong to that of the entry before them. */
  readonly section: ArchiveSection | undefined;
}

/** Before the rows, the rows, after the rows. */
export type ArchiveSection = 'pre-data' | 'data' | 'post-data';

/** In the numbers of pg_backup.h; 1 is none. */
const SECTIONS: ReadonlyMap<number, ArchiveSection> = new Map([
  [2, 'pre-data'],
  [3, 'data'],
  [4, 'post-data'],
]);

/** Reads the head and the table of contents of an archive in pg_dump's custom format, entry by entry. */
export class TocReader {
  private readonly input: ArchiveBytes;
  private minor = NEWEST;
  private decode: Decode = decoderFor(UTF8);
  private left = 0;

  /** @param isOwner no other code holds the chunks of the archive: their memory is freed */
  constructor(archive: AsyncIterable<Uint8Array>, { isOwner = false } = {}) {
    this.input = new ArchiveBytes(archive, isOwner);
  }

  /**
   * To be called first.
   *
   * @returns the head, and its bytes
   * @throws RestoreError `incompatible_version` when it is an archive of a format that we do not know
   */
  async head(): Promise<{ head: ArchiveHead; bytes: Buffer }> {
    return this.whole((input) => this.readHead(input));
  }

  /** @returns `undefined` after the last one */
  async next(): Promise<RawEntry | undefined> {
    if (this.left === 0) return undefined;
    const raw = await this.whole((input) => this.readEntry(input));
    this.left -= 1;
    if (raw.entry.type === 'ENCODING') this.decode = decoderFor(encodingIn(raw.entry.sql) ?? UTF8);
    return raw;
  }

  /** What comes after the table of contents. */
  rest(): AsyncGenerator<Buffer, void, undefined> {
    return this.input.rest();
  }

  async close(): Promise<void> {
    await this.input.close();
  }

  private async whole<T>(read: (input: ArchiveBytes) => T | undefined): Promise<T> {
    for (;;) {
      const from = this.input.at;
      const value = read(this.input);
      if (value !== undefined && !this.input.isShort) return value;
      if (!(await this.input.more(from))) throw unknownFormat(problem('archive.cut_off'));
    }
  }

  private readHead(input: ArchiveBytes): { head: ArchiveHead; bytes: Buffer } | undefined {
    const from = input.at;
    const magic = Array.from({ length: 5 }, () => input.byte());
    const [major, minor] = [input.byte(), input.byte()];
    input.byte();
    input.intSize = input.byte();
    input.offsetSize = input.byte();
    const format = input.byte();
    if (input.isShort) return undefined;
    if (Buffer.from(magic).toString('latin1') !== 'PGDMP' || format !== CUSTOM_FORMAT) {
      throw unknownFormat(problem('archive.not_custom'));
    }
    if (major !== 1 || minor < OLDEST || minor > NEWEST) {
      throw unknownFormat(
        problem('archive.unknown_version', {
          version: `${major}.${minor}`,
          oldest: `1.${OLDEST}`,
          newest: `1.${NEWEST}`,
        }),
      );
    }
    this.minor = minor;
    if (minor >= 15) input.byte();
    else input.int();
    // Seconds, minutes, …: when it was made.
    for (let i = 0; i < 7; i += 1) input.int();
    input.text();
    const [server, dump] = [input.text(), input.text()];
    this.left = input.int();
    return {
      head: { serverVersion: this.decode(server ?? NONE), dumpVersion: this.decode(dump ?? NONE) },
      bytes: Buffer.from(input.between(from, input.at)),
    };
  }

  private readEntry(input: ArchiveBytes): RawEntry | undefined {
    const from = input.at;
    const id = input.int();
    input.int();
    input.skipText();
    input.skipText();
    const [name, type] = [input.text(), input.text()];
    const section = SECTIONS.get(input.int());
    const sqlFrom = input.at - from;
    const sql = input.text();
    const sqlTo = input.at - from;
    const dropBytes = input.skipText();
    const copyFrom = input.at - from;
    input.skipText();
    const copyTo = input.at - from;
    const [schema, tablespace] = [input.text(), input.text()];
    if (this.minor >= 14) input.skipText();
    if (this.minor >= 16) input.int();
    const owner = input.text();
    input.skipText();
    const dependencies: number[] = [];
    for (let text = input.text(); text !== undefined; text = input.text()) dependencies.push(Number(text.toString()));
    input.skipOffset();
    if (input.isShort) return undefined;
    const words = this.decode(type ?? NONE);
    const ownerName = this.decode(owner ?? NONE);
    return {
      entry: {
        id,
        type: words,
        schema: this.decode(schema ?? NONE),
        name: this.decode(name ?? NONE),
        owner: ownerName,
        tablespace: this.decode(tablespace ?? NONE),
        sql: this.decode(sql ?? NONE),
        isGivenToOwner: OWNED.has(words) && ownerName !== '' && dropBytes > 0,
        dependencies,
      },
      bytes: input.between(from, input.at),
      ...{ sqlFrom, sqlTo, copyFrom, copyTo, section },
    };
  }
}

const NONE = Buffer.alloc(0);

/**
 * The entries of an archive, in their order. No more of the archive is read than its table of contents.
 *
 * @param onHead told of the archive's head
 * @param isOwner no other code holds the chunks of the archive: their memory is freed
 * @throws RestoreError `incompatible_version` for a format that we do not know, or what the archive's source throws
 */
export async function* archiveEntries(
  archive: AsyncIterable<Uint8Array>,
  { onHead, isOwner }: { onHead?: (head: ArchiveHead) => void; isOwner?: boolean } = {},
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const toc = new TocReader(archive, { isOwner });
  try {
    const { head } = await toc.head();
    onHead?.(head);
    for (let raw = await toc.next(); raw !== undefined; raw = await toc.next()) yield raw.entry;
  } finally {
    await toc.close();
  }
}

function unknownFormat(finding: Finding): RestoreError {
  return incompatible('The dump in the backup cannot be read', [finding]);
}
