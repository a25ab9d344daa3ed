import { ProgressLine } from './progress-line';

const MIB = 1024 ** 2;

/** A screen that keeps what is written to it, and a clock that is set. */
function watched(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const line = new ProgressLine({ isTTY, columns, write: (text: string) => written.push(text) }, () => clock.ms);
  /** Each redrawing without what moves the cursor. */
  const drawn = (): string[] => written.map((text) => text.replace('\r', '').trimEnd());
  const at = (ms: number, ...report: Parameters<ProgressLine['report']>): void => {
    clock.ms = ms;
    line.report(...report);
  };
  return { at, drawn, line, written };
}

describe('the progress line', () => {
  it('has phase, share, bytes, rate and time left, and clears itself', () => {
    const { at, drawn, line, written } = watched(true);
    at(0, 'verifying', 0, 100 * MIB);
    at(2_000, 'verifying', 25 * MIB, 100 * MIB);
    expect(drawn()).toEqual([
      'verifying    0 %  0 B of 100.0 MiB',
      'verifying   25 %  25.0 MiB of 100.0 MiB  12.5 MiB/s  0:06 left',
    ]);
    line.end();
    expect(written.at(-1)).toMatch(/^\r +\r$/);
    line.end();
    expect(written).toHaveLength(3);
  });

  it('never goes back, whatever is reported late, and is not redrawn for every report', () => {
    const { at, drawn } = watched(true);
    for (const [ms, done] of [
      [0, 10],
      [50, 20],
      [200, 60],
      [400, 30],
      [600, 61],
      [700, 5],
    ] as const)
      at(ms, 'loading', done * MIB, 100 * MIB);
    const shares = drawn().map((text) => Number(/(\d+) %/.exec(text)?.[1]));
    expect(shares).toEqual([10, 60, 60, 61, 61]);
  });

  it('says what it knows where the size is unknown, hours where there are hours, and fits the terminal', () => {
    const { at, drawn } = watched(true, 30);
    at(0, 'reading', 0, 0);
    at(2_000, 'reading', 4 * MIB, 0);
    at(3_000, 'loading', 0, 100_000 * MIB);
    at(13_000, 'loading', 100 * MIB, 100_000 * MIB);
    expect(drawn()[1]).toBe('reading  4.0 MiB  2.0 MiB/s');
    expect(drawn().every((text) => text.length < 30)).toBe(true);
    const wide = watched(true);
    wide.at(0, 'loading', 0, 100_000 * MIB);
    wide.at(10_000, 'loading', 100 * MIB, 100_000 * MIB);
    expect(wide.drawn()[1]).toMatch(/2:46:30 left$/);
  });

  it('is a plain line every half minute where there is no terminal, and nothing for what is quick', () => {
    const { at, written } = watched(false);
    for (let seconds = 0; seconds <= 65; seconds += 1) at(seconds * 1_000, 'verifying', seconds * MIB, 100 * MIB);
    expect(written).toEqual([
      'verifying   30 %  30.0 MiB of 100.0 MiB  1.0 MiB/s  1:10 left\n',
      'verifying   60 %  60.0 MiB of 100.0 MiB  1.0 MiB/s  0:40 left\n',
    ]);
    const quick = watched(false);
    quick.at(0, 'verifying', 0, 10);
    quick.at(900, 'verifying', 10, 10);
    quick.line.end();
    expect(quick.written).toEqual([]);
  });
});
