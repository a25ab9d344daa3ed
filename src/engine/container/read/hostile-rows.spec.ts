import { faultOf, READERS } from '../../../../test/support/container-readers';
import { containerOf, testKey } from '../../../../test/support/containers';
import { withIndex } from '../../../../test/support/forged-container';
import type { ContainerIndex } from '../format/manifest';

const LINES = 'a\nb\nc\nd\ne\n';

/** Two streams of five rows each, ten bytes; `a` has both, `b` none. */
const file = containerOf(
  ['rows/0', 'rows/1'].map((name) => ({ name, kind: 'rows', plain: Buffer.from(LINES) })),
  testKey(1),
);

const part = (stream: string, offset: number, size: number, rows: number) => ({ stream, offset, size, rows });
const table = (name: string, parts: ReturnType<typeof part>[], more: object = {}) => {
  const rows = parts.reduce((sum, one) => sum + one.rows, 0);
  return { schema: 'public', name, rows, bytes: 8192, columns: ['id'], parts, ...more };
};
const both = [part('rows/0', 0, 10, 5), part('rows/1', 0, 10, 5)];
const honest = { tables: [table('a', both), table('b', [])], sequences: [] };
const sequence = { schema: 'public', name: 's', last_value: '1', is_called: false };

async function faultsOf(members: object, change?: (index: ContainerIndex) => object): Promise<string[]> {
  const forged = await withIndex(await file, (index) => ({ ...index, ...members, ...change?.(index) }));
  return [await faultOf(READERS.readStream, forged), await faultOf(READERS.verifyForward, forged)];
}

describe('an index of rows', () => {
  it.each<[string, object]>([
    ['a table in two streams and an empty one', honest],
    [
      'tables that share a stream, in any order',
      { ...honest, tables: [table('a', [part('rows/0', 4, 6, 3), both[1]!]), table('b', [part('rows/0', 0, 4, 2)])] },
    ],
    [
      'an empty part at the end of a stream and between two others',
      {
        ...honest,
        tables: [
          table('a', [part('rows/0', 0, 4, 2), both[1]!, part('rows/0', 4, 0, 0)]),
          table('b', [part('rows/0', 4, 6, 3), part('rows/1', 10, 0, 0)]),
        ],
      },
    ],
    ['a table without columns', { ...honest, tables: [table('a', both, { columns: [] })] }],
    ['a partition', { ...honest, tables: [table('a', both, { partition_root: { schema: 'public', name: 'p' } })] }],
    [
      'the least and the greatest value of a sequence',
      {
        ...honest,
        sequences: [
          { ...sequence, last_value: '-9223372036854775808' },
          { ...sequence, name: 't', last_value: '9223372036854775807', is_called: true },
        ],
      },
    ],
  ])('may have %s', async (_, members) => {
    expect(await faultsOf(members)).toEqual(['accepted', 'accepted']);
  });

  it.each<[string, object]>([
    ['parts overlap', { tables: [table('a', [...both, part('rows/0', 8, 2, 1)])] }],
    ['a part is there twice', { tables: [table('a', both), table('b', [both[0]!])] }],
    ['an empty part lies within another', { tables: [table('a', [...both, part('rows/0', 3, 0, 0)])] }],
    ['bytes belong to no part', { tables: [table('a', [part('rows/0', 0, 8, 4), both[1]!])] }],
    ['the first bytes belong to no part', { tables: [table('a', [part('rows/0', 2, 8, 4), both[1]!])] }],
    ['a part is larger than its stream', { tables: [table('a', [part('rows/0', 0, 12, 5), both[1]!])] }],
    ['an empty part begins behind its stream', { tables: [table('a', [...both, part('rows/0', 11, 0, 0)])] }],
    ['a size has more than 53 bits', { tables: [table('a', [part('rows/0', 0, 2 ** 53, 5), both[1]!])] }],
    ['an offset is negative', { tables: [table('a', [part('rows/0', -1, 11, 5), both[1]!])] }],
    ['a stream has no part', { tables: [table('a', [both[0]!])] }],
    ['a part is in an unknown stream', { tables: [table('a', [...both, part('rows/2', 0, 0, 0)])] }],
    [
      'a part is in a stream of another name of Object',
      { tables: [table('a', [...both, part('__proto__', 0, 0, 0)])] },
    ],
    ['the rows do not add up', { tables: [table('a', both, { rows: 11 })] }],
    ['the rows of an empty table do not add up', { tables: [table('a', both), table('b', [], { rows: 1 })] }],
    ['a part has more rows than bytes', { tables: [table('a', [part('rows/0', 0, 10, 11), both[1]!])] }],
    ['a part has bytes and no rows', { tables: [table('a', [part('rows/0', 0, 10, 0), both[1]!])] }],
    ['a table has no parts', { tables: [table('a', both), { schema: 'public', name: 'b', rows: 0, bytes: 0 }] }],
    ['a table does not say its columns', { tables: [table('a', both, { columns: undefined })] }],
    ['a table has a column twice', { tables: [table('a', both, { columns: ['id', 'id'] })] }],
    ['a column cannot be a name', { tables: [table('a', both, { columns: ['a\0'] })] }],
    ['a table is there twice', { tables: [table('a', both), table('a', [])] }],
    [
      'the root of partitions has rows of its own',
      { tables: [table('a', both, { partition_root: { schema: 'public', name: 'b' } }), table('b', [])] },
    ],
    ['sequences are missing', { sequences: undefined }],
    ['a sequence is there twice', { sequences: [sequence, sequence] }],
    ['a value is beyond bigint', { sequences: [{ ...sequence, last_value: '9223372036854775808' }] }],
    ['a value is no number', { sequences: [{ ...sequence, last_value: "1); DROP TABLE a; SELECT ('1'" }] }],
    ['a value is written otherwise', { sequences: [{ ...sequence, last_value: '-0' }] }],
  ])('is refused when %s', async (_, members) => {
    expect(await faultsOf({ ...honest, ...members })).toEqual(['index_mismatch', 'index_mismatch']);
  });

  it('is refused when a file without streams of rows has parts', async () => {
    const plain = await containerOf([{ name: 'data/0', plain: Buffer.from('x') }]);
    for (const tables of [[table('a', [])], [{ ...table('a', []), parts: undefined }]]) {
      const forged = await withIndex(plain, (index) => ({ ...index, tables }));
      expect(await faultOf(READERS.readStream, forged)).toBe('index_mismatch');
    }
  });

  it('is of a later version when it has a stream of an unknown kind, and no other kind passes for one', async () => {
    const of = (kind: unknown) =>
      faultsOf({}, (index) => ({ streams: index.streams.map((stream) => ({ ...stream, kind })) }));
    expect(await of('pages')).toEqual(['unsupported_version', 'unsupported_version']);
    expect(await of('toString')).toEqual(['unsupported_version', 'unsupported_version']);
    expect(await of(7)).toEqual(['index_mismatch', 'index_mismatch']);
    expect(await of('data')).toEqual(['index_mismatch', 'index_mismatch']);
  });
});
