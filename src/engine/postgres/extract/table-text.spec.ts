import { Readable } from 'node:stream';
import { chunksOf, collect } from '../../../../test/support/containers';
import type { RowPiece } from './row-piece';
import { copyText, csvText } from './table-text';

const piece = (columns: readonly string[], text: string, chunkBytes = 3): RowPiece => ({
  ...{ table: { schema: 'public', name: 'log' }, columns, encoding: 'LATIN1' },
  chunks: chunksOf(Buffer.from(text), chunkBytes),
});
const pieces = (): AsyncIterable<RowPiece> =>
  Readable.from([piece(['b', 'é', 'a'], '2\t3\t1\n\\N\t\t\\t\n'), piece(['a', 'b', 'é'], '4\t5\t6\n')]);

describe('rows of partitions whose columns have another order', () => {
  it('come in the order that is asked for, whichever comes first', async () => {
    const order = ['a', 'b', 'é'];
    expect((await collect(copyText(pieces(), order))).toString()).toBe('1\t2\t3\n\\t\t\\N\t\n4\t5\t6\n');
    expect((await collect(csvText(pieces(), order))).toString('latin1')).toBe('a,b,é\n1,2,3\n\t,,""\n4,5,6\n');
  });

  it('come in the order of the first, when none is asked for', async () => {
    expect((await collect(copyText(pieces()))).toString()).toBe('2\t3\t1\n\\N\t\t\\t\n5\t6\t4\n');
  });
});
