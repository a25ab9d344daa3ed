import { FakeClock } from '../../../test/support/fake-clock';
import { OneTimeCodes } from './one-time-codes';

describe('a one-time code', () => {
  const start = '2026-03-01T12:00:00Z';
  const at = (seconds: number): Date => new Date(Date.parse(start) + seconds * 1000);
  let clock: FakeClock;
  let codes: OneTimeCodes;
  beforeEach(() => {
    clock = new FakeClock(start);
    codes = new OneTimeCodes(clock);
  });

  it('stands for its token until it is redeemed', () => {
    const code = codes.issue('token');
    expect(code).toMatch(/^[\w-]{32}$/);
    expect([codes.isOutstanding, codes.tokenOf(code), codes.tokenOf(code)]).toEqual([true, 'token', 'token']);
    expect([codes.redeem(code), codes.redeem(code), codes.tokenOf(code)]).toEqual(['token', undefined, undefined]);
    expect(codes.isOutstanding).toBe(false);
  });

  it('stays good when others are tried', () => {
    const code = codes.issue('token');
    for (const wrong of ['', 'x', `${code} `, code.toLowerCase()]) expect(codes.redeem(wrong)).toBeUndefined();
    expect(codes.redeem(code)).toBe('token');
  });

  it('is good for ten minutes', () => {
    const code = codes.issue('token');
    clock.set(at(599));
    expect([codes.isOutstanding, codes.tokenOf(code)]).toEqual([true, 'token']);
    clock.set(at(600));
    expect([codes.isOutstanding, codes.redeem(code)]).toEqual([false, undefined]);
  });

  it('takes the place of the one before', () => {
    const first = codes.issue('one');
    const second = codes.issue('two');
    expect([codes.redeem(first), codes.redeem(second)]).toEqual([undefined, 'two']);
  });
});
