import { parseRange } from './byte-range';

describe('a Range header', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=10-19', { start: 10, end: 19 }],
    ['bytes=10-', { start: 10, end: 99 }],
    ['bytes=99-', { start: 99, end: 99 }],
    ['bytes=90-5000', { start: 90, end: 99 }],
    ['bytes=-1', { start: 99, end: 99 }],
    ['bytes=-5000', { start: 0, end: 99 }],
  ])('%s asks for a part of a hundred bytes', (header, range) => {
    expect(parseRange(header, 100)).toEqual(range);
  });

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0', 'bytes=9007199254740993-'])(
    '%s asks for nothing that a hundred bytes have',
    (header) => {
      expect(parseRange(header, 100)).toBe('unsatisfiable');
    },
  );

  it.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-3',
    'bytes=0-1,5-6',
    'bytes= 0-1',
    'bytes=0x1-2',
    'bytes=1e2-',
    'lines=0-1',
    `bytes=${'9'.repeat(17)}-`,
  ])('%p is ignored: the whole file is a correct answer', (header) => {
    expect(parseRange(header, 100)).toBeUndefined();
  });

  it('of an empty file can ask for nothing', () => {
    expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable');
    expect(parseRange('bytes=-5', 0)).toBe('unsatisfiable');
  });
});
