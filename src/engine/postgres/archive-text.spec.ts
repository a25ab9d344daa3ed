import fc from 'fast-check';
import { chunksOf } from '../../../test/support/containers';
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
    const body = `CREATE FUNCTION f() AS $$\n${says}$$; COMMENT ON TABLE "${name}" IS '${name}\\';`;
    const read = async (text: string, section: 'pre-data' | 'data') => {
      const bytes = Buffer.from(text, 'latin1');
      return new ArchiveText(chunksOf(bytes, 5), section).next();
    };
    expect(await read(`SET x = 1;\n${says}${body}\n`, 'pre-data')).toEqual({ sql: `SET x = 1;\n${body}`, encoding });
    expect(await read(`${says}COPY public."${name}" (i, "${name}") FROM stdin;\n\\.\n`, 'data')).toEqual({
      sql: '',
      encoding,
      copy: { schema: 'public', name: '顧客', columns: ['i', '顧客'] },
    });
  });

  const data = `\\restrict abc\nSET x = 1;\nCOPY public.a (v) FROM stdin;\none\n\\\\.\nt\\\\.wo\n\\.\n\n\nBEGIN;\nSELECT 1;\nCOMMIT;\nCOPY public.b (v) FROM stdin;\n\\.\nSELECT 2;\n`;

  it('is read the same in pieces of whatever size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (size) => {
        const text = new ArchiveText(pieces(data, size), 'data');
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

  it('keeps the words of functions that look like transactions', async () => {
    const body = 'CREATE PROCEDURE p() AS $$\nBEGIN;\nCOMMIT;\n\\restrict other\n$$;';
    const readOf = async (whole: string) => (await new ArchiveText(pieces(whole, 7), 'pre-data').next())?.sql;
    expect(await readOf(`--\n-- A dump\n--\n\n\\restrict abc\n\n${body}\n\\unrestrict abc\n`)).toBe(
      `--\n-- A dump\n--\n\n\n${body}`,
    );
    expect(await readOf(`${body}\n`)).toBe(body);
  });

  it('is given in parts between large objects, never within something else', async () => {
    const object = (n: number): string =>
      `--\n-- Name: ${n}; Type: BLOB; Schema: -; Owner: me\n--\n\nSELECT pg_catalog.lo_create('${n}');\n\n\n`;
    const long = `CREATE FUNCTION f() AS $$\n${object(1).repeat(1_000)}\n$$;\n`;
    const objects = Array.from({ length: 30_000 }, (_, n) => object(n)).join('');
    const whole = `${long}\n${objects}${long}`;
    const text = new ArchiveText(pieces(whole, 65_536), 'pre-data');
    const parts: string[] = [];
    for (let part = await text.next(); part !== undefined; part = await text.next()) parts.push(part.sql);
    expect(`${parts.join('\n')}\n`).toBe(whole);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts[0]).toContain(long.trimEnd());
    for (const part of parts.slice(1)) expect(part).toMatch(/^--\n-- Name: \d+; Type: BLOB; Schema: -; Owner: me\n/);
    expect(parts.at(-1)).toContain(long.trimEnd());
  });

  it('is not whole when it ends among its rows', async () => {
    const text = new ArchiveText(pieces('COPY public.a (v) FROM stdin;\none\n', 5), 'data');
    await text.next();
    await expect(collected(text.rows())).rejects.toThrow('ends in the middle');
  });
});
