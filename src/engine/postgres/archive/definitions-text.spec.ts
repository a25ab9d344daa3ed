import { headingOf } from './archive-heading';
import { type DefinitionPart, definitionParts } from './definitions-text';
import { SqlScanner } from './whole-sql';

async function* pieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text, 'latin1');
  for (let i = 0; i < bytes.length; i += size) yield await Promise.resolve(bytes.subarray(i, i + size));
}
const partsOf = async (text: string, size: number): Promise<DefinitionPart[]> => {
  const parts: DefinitionPart[] = [];
  for await (const part of definitionParts(pieces(text, size))) parts.push(part);
  return parts;
};
const object = (name: string, type: string, sql: string): string =>
  `--\n-- Name: ${name}; Type: ${type}; Schema: -; Owner: me\n--\n\n${sql}\n\n\n`;

describe('the definitions in an archive', () => {
  it.each([1, 7, 65_536])('are read one by one, in pieces of %s bytes', async (size) => {
    const body = `CREATE FUNCTION f() AS $$\n${object('x', 'TABLE', 'BEGIN;\nCOMMIT;\n\\restrict other')}$$;`;
    const text =
      `--\n-- A dump\n--\n\n\\restrict abc\n\nSET statement_timeout = 0;\nSET transaction_timeout = 0;\nSET client_encoding = 'EUC_JP';\nSET y = 1;\n\n` +
      `${object('f()', 'FUNCTION', body)}${object('TABLE \xb8\xdc', 'ACL', 'GRANT;')}\\unrestrict abc\n\n`;
    const parts = await partsOf(text, size);
    expect(parts.map(({ type, name, encoding }) => [type, name, encoding])).toEqual([
      ['', '', 'EUC_JP'],
      ['FUNCTION', 'f()', 'EUC_JP'],
      ['ACL', 'TABLE \xb8\xdc', 'EUC_JP'],
    ]);
    expect(parts[0]?.sql).toBe('--\n-- A dump\n--\n\n\n\n\nSET y = 1;\n\n');
    expect(parts[1]?.sql).toContain(body);
    expect(parts[2]?.sql).not.toContain('restrict');
  });

  it('are as many as there are large objects', async () => {
    const text = Array.from({ length: 5_000 }, (_, n) => object(`${n}`, 'BLOB', `SELECT ${n};`)).join('');
    const parts = await partsOf(`SET x = 1;\n\n${text}`, 65_536);
    expect(parts).toHaveLength(5_001);
    expect(parts.map(({ sql }) => sql).join('')).toBe(`SET x = 1;\n\n${text}`);
  });

  it('are looked at once, however many lines of a function look like the beginning of another object', async () => {
    const feed = jest.spyOn(SqlScanner.prototype, 'feed');
    try {
      const lines = Array.from({ length: 2_000 }, (_, n) => object(`${n}`, 'TABLE', 'x')).join('');
      const text = object('f()', 'FUNCTION', `CREATE FUNCTION f() AS $$\n${lines}$$;`);
      expect(await partsOf(`SET x = 1;\n\n${text}`, 4_096)).toHaveLength(2);
      const looked = feed.mock.calls.reduce((sum, [sql]) => sum + sql.length, 0);
      expect(looked).toBeLessThanOrEqual(text.length + 100);
    } finally {
      feed.mockRestore();
    }
  });
});

describe('the heading of an object', () => {
  it.each([
    ['-- Name: t; Type: TABLE; Schema: public; Owner: me', { name: 't', type: 'TABLE', schema: 'public', owner: 'me' }],
    [
      '-- Name: t; Type: A; Schema: b; Owner: c; Type: TABLE; Schema: x; Owner: me; Tablespace: fast',
      { name: 't; Type: A; Schema: b; Owner: c', type: 'TABLE', schema: 'x', owner: 'me', tablespace: 'fast' },
    ],
    ['-- Name: e; Type: EXTENSION; Schema: -; Owner: ', { name: 'e', type: 'EXTENSION', schema: '-', owner: '' }],
    ['-- Name: t; Type: table; Schema: public; Owner: me', undefined],
    ['-- Name: t; Owner: me; Type: TABLE; Schema: public', undefined],
    ['-- Type: TABLE; Schema: public; Owner: me', undefined],
  ])('of %s is found', (line, heading) => expect(headingOf(line)).toEqual(heading));

  // With a pattern that tries each pair of its words, these take hours.
  it.each(['; Type: A; Schema: ', '; Owner: ', '; Tablespace: ', '; Type: A', '-- Name: '])(
    'is looked for in a line of any length, also one of %j again and again',
    (words) => {
      const line = `-- Name: x; Type: A; Schema: ${words.repeat(100_000)}`;
      expect(headingOf(`${line}; Owner: me`)?.owner).toBe('me');
      expect(headingOf(line.replaceAll('; Owner: ', '; owner: '))).toBeUndefined();
    },
  );
});
