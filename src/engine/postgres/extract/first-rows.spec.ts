import { chunksOf } from '../../../../test/support/containers';
import { firstRows, type FirstRows, type RowLimits } from './first-rows';

const LIMITS: RowLimits = { rows: 3, bytes: 150, valueBytes: 20 };

const rowsOf = (
  text: string | Buffer,
  {
    columns = ['a', 'b'],
    limits = {},
    chunkBytes = 7,
    encoding = 'UTF8',
  }: {
    columns?: string[];
    limits?: Partial<RowLimits>;
    chunkBytes?: number;
    encoding?: string;
  } = {},
): Promise<FirstRows> => {
  const piece = async function* () {
    const chunks = chunksOf(Buffer.from(text), chunkBytes);
    yield await Promise.resolve({ table: { schema: 's', name: 't' }, columns, encoding, chunks });
  };
  return firstRows(piece(), { ...LIMITS, ...limits });
};

describe('firstRows', () => {
  it.each([1, 3, 1000])('gives values as text and null, cut anywhere (%i)', async (chunkBytes) => {
    const text =
      String.raw`1	\N
` +
      String.raw`\\N	x\ty\\.\n
` +
      '\t\n';
    expect(await rowsOf(text, { chunkBytes })).toEqual({
      columns: ['a', 'b'],
      items: [
        { a: '1', b: null },
        { a: '\\N', b: 'x\ty\\.\n' },
        { a: '', b: '' },
      ],
      ...{ hasMore: false, cut: [] },
    });
  });

  it('says that there are more, and reads no more than that', async () => {
    let chunks = 0;
    const endless = async function* () {
      for (;;) {
        chunks += 1;
        yield await Promise.resolve(Buffer.from('1\t2\n'));
      }
    };
    const piece = async function* () {
      const table = { schema: 's', name: 't' };
      yield await Promise.resolve({ table, columns: ['a', 'b'], encoding: 'UTF8', chunks: endless() });
    };
    const { items, hasMore } = await firstRows(piece(), LIMITS);
    expect([items.length, hasMore, chunks]).toEqual([3, true, 4]);
    expect(await rowsOf('1\t2\n'.repeat(3))).toMatchObject({ hasMore: false, items: { length: 3 } });
  });

  it('cuts long values between characters, and names them', async () => {
    const { items, cut } = await rowsOf(`${'x'.repeat(19)}größe\t2\n3\t${'y'.repeat(19)}\\\\z\n`);
    expect(items).toEqual([
      { a: `${'x'.repeat(19)}g`, b: '2' },
      { a: '3', b: 'y'.repeat(19) },
    ]);
    expect(cut).toEqual([
      { item: 0, column: 'a' },
      { item: 1, column: 'b' },
    ]);
    expect((await rowsOf(`${'x'.repeat(19)}ö\t2\n`)).items).toEqual([{ a: 'x'.repeat(19), b: '2' }]);
  });

  it('ends before a row that is too much, and cuts the first one', async () => {
    const row = `${'x'.repeat(20)}\t${'y'.repeat(20)}\n`;
    expect(await rowsOf(row.repeat(3))).toMatchObject({ items: { length: 2 }, hasMore: true, cut: [] });
    const { items, cut, hasMore } = await rowsOf(row, { limits: { bytes: 43 } });
    expect([items, cut, hasMore]).toEqual([
      [{ a: 'x'.repeat(20), b: 'y'.repeat(5) }],
      [{ item: 0, column: 'b' }],
      false,
    ]);
  });

  it.each([1, 1000])('counts the names of the columns, which each row repeats (%i)', async (chunkBytes) => {
    // A row takes 2 + 2 * (50 + 8) bytes.
    const columns = ['a', 'b'].map((letter) => letter.repeat(50));
    const read = (bytes: number, rows: number) =>
      rowsOf('1\t2\n'.repeat(rows), { columns, chunkBytes, limits: { bytes, rows: 9 } });
    expect(await read(354, 3)).toMatchObject({ items: { length: 3 }, hasMore: false, cut: [] });
    expect(await read(353, 3)).toMatchObject({ items: { length: 2 }, hasMore: true, cut: [] });
    expect(await read(236, 2)).toMatchObject({ items: { length: 2 }, hasMore: false, cut: [] });
    // The first row is there in any case, as far as it has room.
    expect(await read(10, 2)).toMatchObject({ items: [{ [columns[0] ?? '']: '' }], hasMore: true, cut: { length: 2 } });
  });

  it('takes names of columns that mean something to JavaScript, and tables without columns', async () => {
    const { items } = await rowsOf('1\t2\n', { columns: ['__proto__', 'constructor'] });
    expect(JSON.stringify(items)).toBe('[{"__proto__":"1","constructor":"2"}]');
    expect(await rowsOf('\n\n', { columns: [] })).toMatchObject({ items: [{}, {}], hasMore: false });
  });

  it('reads the encoding of the database, and refuses rows that do not fit their columns', async () => {
    const latin = Buffer.from('größe\tx\n', 'latin1');
    expect((await rowsOf(latin, { encoding: 'LATIN1' })).items).toEqual([{ a: 'größe', b: 'x' }]);
    for (const text of ['1\n', '1\t2\t3\n']) await expect(rowsOf(text)).rejects.toMatchObject({ fault: 'corrupted' });
  });
});
