import fc from 'fast-check';
import type { RowTable } from '../dump/row-tables';
import { isSharing, type PartOrder, PartQueue } from './part-queue';

const MEBIBYTE = 1_048_576;

const table = (name: string, sizeBytes: number, more: Partial<RowTable> = {}): RowTable => ({
  ...{ schema: 'public', name, columns: ['id'], sizeBytes, pages: Math.ceil(sizeBytes / 8192), isHeap: true },
  ...more,
});

function taken(queue: PartQueue): PartOrder[] {
  const parts: PartOrder[] = [];
  for (let part = queue.take(); part !== undefined; part = queue.take()) parts.push(part);
  return parts;
}

describe('the queue of parts', () => {
  it('gives the largest first, each once, and every block of a table in one part', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 3000 * MEBIBYTE }), { maxLength: 20 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 16 }), fc.boolean(), (bytes, connections, canSplit) => {
        const tables = bytes.map((size, i) => table(`t${i}`, size));
        const parts = taken(new PartQueue(tables, { connections, canSplit }));
        expect(parts.map(({ sizeBytes }) => sizeBytes)).toEqual(
          parts.map(({ sizeBytes }) => sizeBytes).toSorted((a, b) => b - a),
        );
        for (const one of tables) {
          const own = parts.filter((part) => part.table === one).toSorted((a, b) => a.number - b.number);
          if (own.length === 1) {
            expect(own[0]?.pages).toBeUndefined();
            continue;
          }
          expect(canSplit).toBe(true);
          const bounds = own.map(({ pages }) => [pages?.from, pages?.to]);
          expect(bounds.map(([from]) => from)).toEqual([0, ...bounds.slice(0, -1).map(([, to]) => to)]);
          expect(bounds.at(-1)?.[1]).toBeUndefined();
          expect(bounds.every(([from, to]) => to === undefined || Number(from) < to)).toBe(true);
        }
      }),
    );
  });

  it('keeps all connections busy with one table that is nearly everything', () => {
    for (const connections of [2, 4, 8, 16]) {
      const tables = [
        table('large', 2000 * MEBIBYTE),
        ...Array.from({ length: 20 }, (_, i) => table(`t${i}`, MEBIBYTE)),
      ];
      const parts = taken(new PartQueue(tables, { connections, canSplit: true }));
      expect(parts.filter(({ table: { name } }) => name === 'large').length).toBeGreaterThanOrEqual(connections);
    }
  });

  it('reads in ranges only what would keep a connection busy half as long again as the others', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 3000 * MEBIBYTE }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 16 }), (bytes, connections) => {
        const tables = bytes.map((size, i) => table(`t${i}`, size));
        const share = bytes.reduce((sum, size) => sum + size, 0) / connections;
        const queue = new PartQueue(tables, { connections, canSplit: true });
        for (const one of tables) if (queue.partsOf(one) > 1) expect(one.sizeBytes).toBeGreaterThan(share * 1.5);
      }),
    );
  });

  it('has parts of the size that it is told, whatever the connections', () => {
    const tables = [table('large', 640 * MEBIBYTE), table('other', 640 * MEBIBYTE)];
    const queue = new PartQueue(tables, { connections: 1, canSplit: true, partBytes: 64 * MEBIBYTE });
    expect(tables.map((one) => queue.partsOf(one))).toEqual([10, 10]);
  });

  it('never has more parts than a container has streams', () => {
    const tables = Array.from({ length: 10 }, (_, i) => table(`t${i}`, 2 ** 47));
    expect(taken(new PartQueue(tables, { connections: 64, canSplit: true })).length).toBeLessThan(65_000);
  });

  it('leaves whole what cannot be read in ranges', () => {
    const size = 10_000 * MEBIBYTE;
    const whole = [
      table('column store', size, { isHeap: false }),
      table('no columns', size, { columns: [] }),
      table('of an extension', size, { extension: { name: 'e', condition: 'WHERE own' } }),
      table('values elsewhere', size, { pages: 1 }),
    ];
    expect(taken(new PartQueue(whole, { connections: 2, canSplit: true }))).toHaveLength(whole.length);
  });

  it('lets small tables share a stream, and no part of a large one', () => {
    const queue = new PartQueue([table('large', 300 * MEBIBYTE), table('a', 100), table('b', 50)], {
      ...{ connections: 1, canSplit: true },
    });
    expect(queue.takeSharing()).toBeUndefined();
    const parts = taken(queue);
    expect(parts.filter(isSharing).map((part) => part.table.name)).toEqual(['a', 'b']);
  });
});
