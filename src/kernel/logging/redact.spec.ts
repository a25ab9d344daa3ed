import { redact } from './redact';

const TOKEN = `eyJ${'h'.repeat(20)}.eyJ${'b'.repeat(40)}.${'s'.repeat(43)}`;

describe('redacting', () => {
  it.each([
    ['at postgres://scc:hunter2@db/scc', 'at postgres://scc:[redacted]@db/scc'],
    ['at 1x://scc:hun:ter2@db/scc', 'at 1x://scc:[redacted]@db/scc'],
    ['at postgres://scc:hun@ter2@db/scc', 'at postgres://scc:[redacted]@db/scc'],
    ['at http://:only@host', 'at http://:[redacted]@host'],
    [`token ${TOKEN}.`, 'token [redacted]'],
    [`Bearer=${TOKEN}, x`, 'Bearer=[redacted], x'],
    [`a-${TOKEN}`, 'a-[redacted]'],
    [`key ${'0aF1'.repeat(16)}!`, 'key [redacted]!'],
    ['public.docs_2024.column-name and eyJ alone', 'public.docs_2024.column-name and eyJ alone'],
  ])('makes of %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it('cuts a long text, and never in the middle of a secret', () => {
    const text = `${'word '.repeat(3_275)}postgres://scc:hunter2@db/scc ${'x'.repeat(100_000)}`;
    const redacted = redact(text);
    expect(redacted.length).toBeLessThan(16_500);
    expect(redacted).not.toContain('hunt');
    expect(redacted).toMatch(/… \(\d+ more characters\)$/);
  });

  it.each([
    ['letters', 'a'],
    ['a scheme that never ends', 'a.'],
    ['beginnings of URLs', 'a://'],
    ['beginnings of passwords', 'a://b:'],
    ['beginnings of tokens', 'eyJ-'],
    ['beginnings of tokens with dots', 'eyJaaaaaaaa.'],
    ['hex digits', '0'],
    ['blanks', ' '],
  ])('needs time that grows with the text and not with its square: %s', (_, piece) => {
    const small = leastTime(piece.repeat(2_000 / piece.length));
    const large = leastTime(piece.repeat(16_000 / piece.length));
    // Eight times the text: a square would be sixty-four times the time.
    expect(large).toBeLessThan(Math.max(small, 0.02) * 30);
  });
});

/** Time of this process alone, in milliseconds; the least of several, because a machine that is busy only adds to it. */
function leastTime(text: string): number {
  const times = Array.from({ length: 15 }, () => {
    const before = process.cpuUsage();
    for (let i = 0; i < 10; i += 1) redact(text);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 10_000;
  });
  return Math.min(...times);
}
