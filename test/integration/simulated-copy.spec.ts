import type { RowTable } from '../../src/engine/postgres/dump/row-tables';
import { simulateCopy } from '../../bench/simulated-copy';

const MEBIBYTE = 1_048_576;

describe('the simulation of a copy', () => {
  const table = (name: string, mebibytes: number): RowTable => ({
    ...{ schema: 'public', name, columns: ['a'], isHeap: true },
    sizeBytes: mebibytes * MEBIBYTE,
    pages: mebibytes * 128,
  });
  const equal = Array.from({ length: 64 }, (_, i) => table(`t${i}`, 16));
  const aMebibyte = (seconds: number): number => seconds / MEBIBYTE;

  it('goes with the cores where the server alone works', () => {
    const cost = { server: aMebibyte(1), main: 0, pool: 0 };
    for (const cores of [1, 4, 16]) expect(simulateCopy(equal, cores, cost).seconds).toBeCloseTo((64 * 16) / cores);
  });

  it('never takes less than the main thread is busy', () => {
    const { seconds, mainShare } = simulateCopy(equal, 16, { server: aMebibyte(1), main: aMebibyte(0.25), pool: 0 });
    expect(seconds).toBeCloseTo(64 * 16 * 0.25);
    expect(mainShare).toBeCloseTo(1);
  });

  it('takes as long as all of the work does on one core', () => {
    const cost = { server: aMebibyte(1), main: aMebibyte(0.25), pool: aMebibyte(0.5) };
    expect(simulateCopy(equal, 1, cost).seconds).toBeCloseTo(64 * 16 * 1.75);
  });

  it('ends with the largest part', () => {
    const one = { ...table('one', 640), isHeap: false };
    const { seconds, tailShare } = simulateCopy([one, ...equal], 16, { server: aMebibyte(1), main: 0, pool: 0 });
    expect(seconds).toBeCloseTo(640);
    expect(tailShare).toBeGreaterThan(0.8);
  });

  it('knows that there may be nothing to copy', () => {
    expect(simulateCopy([], 4, { server: 1, main: 1, pool: 1 })).toEqual({ seconds: 0, mainShare: 0, tailShare: 0 });
  });
});
