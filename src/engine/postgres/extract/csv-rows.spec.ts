import fc from 'fast-check';
import { chunksOf, collect } from '../../../../test/support/containers';
import { csvRows, csvValue } from './csv-rows';

type Value = Buffer | null;

const ESCAPES: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  92: '\\\\',
};

/** As `COPY … TO STDOUT` writes rows. */
function copyText(rows: readonly (readonly Value[])[]): Buffer {
  const text = (value: Value): Buffer =>
    value === null
      ? Buffer.from('\\N')
      : Buffer.concat(
          [...value].map((byte) => (ESCAPES[byte] === undefined ? Buffer.of(byte) : Buffer.from(ESCAPES[byte]))),
        );
  const line = (row: readonly Value[]): Buffer[] => [
    ...row.flatMap((value, i) => (i === 0 ? [text(value)] : [Buffer.from('\t'), text(value)])),
    Buffer.from('\n'),
  ];
  return Buffer.concat(rows.flatMap(line));
}

/** As a reader of CSV takes rows: what has no quotes and no bytes is null. */
function readCsv(csv: Buffer): Value[][] {
  const rows: Value[][] = [];
  let row: Value[] = [];
  let bytes: number[] = [];
  let [isQuoted, isInside] = [false, false];
  for (let at = 0; at < csv.length; at += 1) {
    const byte = csv[at] ?? 0;
    if (byte === 0x22 && isInside && csv[at + 1] === 0x22) {
      bytes.push(byte);
      at += 1;
    } else if (byte === 0x22) {
      isInside = !isInside;
      isQuoted = true;
    } else if (!isInside && (byte === 0x2c || byte === 0x0a)) {
      row.push(bytes.length === 0 && !isQuoted ? null : Buffer.from(bytes));
      [bytes, isQuoted] = [[], false];
      if (byte === 0x0a) {
        rows.push(row);
        row = [];
      }
    } else bytes.push(byte);
  }
  expect([isInside, row, bytes]).toEqual([false, [], []]);
  return rows;
}

const csvOf = async (text: Buffer, chunkBytes: number): Promise<Buffer> =>
  Buffer.from(await collect(csvRows(chunksOf(text, chunkBytes))));

describe('csvRows', () => {
  const odd = fc.constantFrom(...['', '\\.', '\\N', 'N', '"', '""', ',', '\n', '\r\n', '\t', '\\', '.', '\\\\.']);
  const value = fc.oneof(
    fc.constant(null),
    odd.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  );
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain((columns) => fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { maxLength: 6 }));

  it('says the same as the text of COPY, for every byte, however the text arrives', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, chunkBytes) => {
        expect(readCsv(await csvOf(copyText(rows), chunkBytes))).toEqual(rows);
      }),
    );
  });

  it('has all 256 bytes, but for null, alone and together', async () => {
    const all = Buffer.from(Array.from({ length: 255 }, (_, i) => i + 1));
    const rows = [[all], ...[...all].map((byte) => [Buffer.of(byte)])];
    for (const chunkBytes of [1, 7, 100_000]) expect(readCsv(await csvOf(copyText(rows), chunkBytes))).toEqual(rows);
  });

  it.each([
    ['a\tb c\n', 'a,b c\n'],
    ['\\N\t\t\\\\N\n', ',"",\\N\n'],
    ['\\\\.\n', '"\\."\n'],
    ['a,b\t"\tx\\ny\tx\\ry\n', '"a,b","""","x\ny","x\ry"\n'],
    ['\\t\\v\\f\\b\\\\\n', '\t\v\f\b\\\n'],
    // The server reads these, too.
    ['\\101\\x42\\x4\\7\\q\\xg\\054\n', '"AB\x04\x07qxg,"\n'],
    ['\n', '""\n'],
  ])('makes of %j %j', async (text, csv) => {
    for (const chunkBytes of [1, 2, 3, 1000]) {
      const found = await csvOf(Buffer.from(text, 'latin1'), chunkBytes);
      expect(found.toString('latin1')).toBe(csv);
    }
  });

  it('writes the same of a long value, however it arrives, and quotes it', async () => {
    for (const length of [65_535, 65_536, 65_537, 150_003]) {
      const text = Buffer.from(`x\t${'a"\\\\\\n\\101'.repeat(length).slice(0, length)}\t\\N\n`);
      const whole = await csvOf(text, text.length);
      for (const chunkBytes of [1009, 65_536, 65_537]) expect((await csvOf(text, chunkBytes)).equals(whole)).toBe(true);
    }
    const plain = 'a'.repeat(65_537);
    expect((await csvOf(Buffer.from(`${plain}\n`), 5000)).toString() === `"${plain}"\n`).toBe(true);
    expect((await csvOf(Buffer.from(`${plain.slice(1)}\n`), 5000)).toString() === `${plain.slice(1)}\n`).toBe(true);
    const odd = '"\\\\\\n'.repeat(20_000);
    expect((await csvOf(Buffer.from(`${odd}\n`), 999)).toString() === `"${'""\\\n'.repeat(20_000)}"\n`).toBe(true);
  });

  it('refuses rows that end in the middle of one', async () => {
    for (const text of ['a\tb', `a\t${'b'.repeat(70_000)}`])
      await expect(csvOf(Buffer.from(text), 1000)).rejects.toThrow('in the middle');
  });
});

describe('csvValue', () => {
  it.each([
    ['id', 'id'],
    ['a "b", c', '"a ""b"", c"'],
    ['', '""'],
  ])('makes of %j %j', (value, csv) => {
    expect(csvValue(Buffer.from(value)).toString()).toBe(csv);
  });
});
