import fc from 'fast-check';
import { chunksOf } from '../../../../test/support/containers';
import { decoderFor } from './archive-encoding';
import { ArchiveText, parseCopy } from './archive-text';

async function* pieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i += size) yield await Promise.resolve(bytes.subarray(i, i + size));
}
const collected = async (rows: AsyncIterable<Buffer>): Promise<string> => {
  const all: Buffer[] = [];
  for await (const chunk of rows) all.push(chunk);
  return Buffer.concat(all).toString();
};

describe('a COPY line of pg_dump', () => {
  const decode = decoderFor('UTF8');
  it.each([
    [
      'COPY public.users (id, full_name) FROM stdin;',
      { schema: 'public', name: 'users', columns: ['id', 'full_name'] },
    ],
    ['COPY "A ""b""".c ("select", "x, y") FROM stdin;', { schema: 'A "b"', name: 'c', columns: ['select', 'x, y'] }],
    ['COPY public.none  FROM stdin;', { schema: 'public', name: 'none', columns: [] }],
  ])('is understood: %s', (line, statement) => {
    expect(parseCopy(line, decode)).toEqual(statement);
  });

  it('is not taken for one when it is something else', () => {
    expect(parseCopy(`SELECT 'COPY a.b (c) FROM stdin;'`, decode)).toBeUndefined();
    expect(parseCopy('COPY a.b (c) TO stdout;', decode)).toBeUndefined();
  });
});

describe('the text of an archive', () => {
  it.each([
    ['EUC_JP', 'b8dcb5d2'],
    ['SJIS', '8cda8b71'],
    ['UTF8', 'e9a1a7e5aea2'],
  ])('keeps its bytes and knows its names in %s', async (encoding, hex) => {
    const name = Buffer.from(hex, 'hex').toString('latin1');
    const says = `SET client_encoding = '${encoding}';\n`;
    const read = (text: string) => new ArchiveText(chunksOf(Buffer.from(text, 'latin1'), 5)).next();
    expect(await read(`${says}COPY public."${name}" (i, "${name}") FROM stdin;\n\\.\n`)).toEqual({
      sql: '',
      encoding,
      copy: { schema: 'public', name: '顧客', columns: ['i', '顧客'] },
    });
  });

  const data = `\\restrict abc\nSET x = 1;\nCOPY public.a (v) FROM stdin;\none\n\\\\.\nt\\\\.wo\n\\.\n\n\nBEGIN;\nSELECT 1;\nCOMMIT;\nCOPY public.b (v) FROM stdin;\n\\.\nSELECT 2;\n`;

  it('is read the same in pieces of whatever size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (size) => {
        const text = new ArchiveText(pieces(data, size));
        const seen: unknown[] = [];
        for (let part = await text.next(); part !== undefined; part = await text.next()) {
          seen.push([part.sql, part.copy?.name, part.copy === undefined ? undefined : await collected(text.rows())]);
        }
        expect(seen).toEqual([
          ['SET x = 1;', 'a', 'one\n\\\\.\nt\\\\.wo\n'],
          ['\n\nSELECT 1;', 'b', ''],
          ['SELECT 2;', undefined, undefined],
        ]);
      }),
    );
  });

  it('knows a COPY whose names have line breaks', async () => {
    const text = new ArchiveText(pieces('COPY public."a\nb" ("c\nFROM stdin;") FROM stdin;\none\n\\.\n', 3));
    expect((await text.next())?.copy).toEqual({ schema: 'public', name: 'a\nb', columns: ['c\nFROM stdin;'] });
    expect(await collected(text.rows())).toBe('one\n');
  });

  it('is not whole when it ends among its rows', async () => {
    const text = new ArchiveText(pieces('COPY public.a (v) FROM stdin;\none\n', 5));
    await text.next();
    await expect(collected(text.rows())).rejects.toThrow('ends in the middle');
  });
});
