import { KnownTokens } from './known-tokens';

const caller = { id: 'u', name: 'u', roles: [], permissions: new Set<never>() };

describe('tokens that were verified a moment ago', () => {
  it.each([
    ['at once', 1_000_000, true],
    ['a moment before the minute is over', 1_059_999, true],
    ['after a minute', 1_060_000, false],
    ['before they were verified, on a clock that was set back', 999_999, false],
  ])('are known or not: %s', (_, nowMs, isKnown) => {
    const known = new KnownTokens();
    known.keep('token', caller, { nowMs: 1_000_000, expiresMs: 2_000_000 });
    expect(known.callerOf('token', nowMs)).toBe(isKnown ? caller : undefined);
    expect(known.callerOf('other', nowMs)).toBeUndefined();
  });

  it('are known until they expire, if that is sooner', () => {
    const known = new KnownTokens();
    known.keep('token', caller, { nowMs: 1_000_000, expiresMs: 1_000_500 });
    expect(known.callerOf('token', 1_000_499)).toBe(caller);
    expect(known.callerOf('token', 1_000_500)).toBeUndefined();
  });

  it('are forgotten, oldest first, when there are more than a thousand', () => {
    const known = new KnownTokens();
    for (let i = 0; i <= 1_000; i += 1) known.keep(`token ${i}`, caller, { nowMs: 0, expiresMs: 1_000 });
    expect(known.callerOf('token 0', 1)).toBeUndefined();
    expect(known.callerOf('token 1', 1)).toBe(caller);
    expect(known.callerOf('token 1000', 1)).toBe(caller);
  });
});
