import { releaseBytes } from './release-bytes';

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
