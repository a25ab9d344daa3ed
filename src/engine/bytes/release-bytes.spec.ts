import { discard, releaseBytes } from './release-bytes';

describe('releaseBytes', () => {
  it('frees a buffer with its last piece, and not before', () => {
    const whole = Buffer.allocUnsafeSlow(200_000);
    const [first, last] = [whole.subarray(0, 100_000), whole.subarray(100_000)];
    releaseBytes(first);
    expect(first).toHaveLength(100_000);
    releaseBytes(last);
    expect([first.length, last.length, whole.length]).toEqual([0, 0, 0]);
  });

  it('leaves alone what shares the pool of small buffers', () => {
    const chunks = Array.from({ length: 5000 }, (_, i) => Buffer.allocUnsafe(100).fill(i % 250));
    const kept = chunks.filter((_, i) => i % 2 === 0);
    chunks.filter((_, i) => i % 2 === 1).forEach(releaseBytes);
    expect(kept.every((chunk, i) => chunk.length === 100 && chunk[99] === (i * 2) % 250)).toBe(true);
  });
});

describe('discard', () => {
  it('frees every buffer when it has been looked at, the last one although its end never came', async () => {
    const [one, two] = [Buffer.allocUnsafeSlow(200_000), Buffer.allocUnsafeSlow(200_000)];
    const pieces = [
      one.subarray(0, 150_000),
      one.subarray(150_000),
      two.subarray(0, 100_000),
      two.subarray(100_000, 150_000),
    ];
    const source = async function* () {
      for (const piece of pieces) yield await Promise.resolve(piece);
    };
    const seen: number[] = [];
    await discard(source(), (piece) => void seen.push(piece.length, one.length, two.length));
    expect(seen).toEqual([
      ...[150_000, 200_000, 200_000],
      ...[50_000, 200_000, 200_000],
      ...[100_000, 0, 200_000],
      ...[50_000, 0, 200_000],
    ]);
    expect([one.length, two.length]).toEqual([0, 0]);
  });

  it('leaves alone a last piece that shares the pool of small buffers', async () => {
    const kept = Buffer.allocUnsafe(100).fill(7);
    const source = async function* () {
      yield await Promise.resolve(Buffer.allocUnsafe(100));
    };
    await discard(source());
    expect(kept).toEqual(Buffer.alloc(100, 7));
  });
});
