import { RecentRequests } from './recent-requests';

const MINUTE = 60_000;

/** Requests of `alice`, at most three a minute. */
function threeAMinute() {
  let now = 1_234_567;
  const requests = new RecentRequests(() => now);
  return {
    ask: (key = 'alice') => requests.increment(key, MINUTE, 3, MINUTE),
    pass: (seconds: number) => (now += seconds * 1000),
    requests,
  };
}

describe('RecentRequests', () => {
  it('lets through as many as the limit, and blocks for a minute from the next', async () => {
    const { ask, pass } = threeAMinute();
    for (const count of [1, 2, 3]) expect(await ask()).toMatchObject({ totalHits: count, isBlocked: false });
    expect(await ask()).toMatchObject({ totalHits: 4, isBlocked: true, timeToBlockExpire: 60 });
    pass(59);
    expect(await ask()).toMatchObject({ isBlocked: true, timeToBlockExpire: 1 });
    pass(1);
    expect(await ask()).toMatchObject({ totalHits: 1, isBlocked: false, timeToBlockExpire: 0 });
  });

  it('counts those of the last minute alone', async () => {
    const { ask, pass } = threeAMinute();
    await ask();
    pass(40);
    await ask();
    await ask();
    pass(21);
    expect(await ask()).toMatchObject({ totalHits: 3, isBlocked: false });
    pass(3600);
    expect(await ask()).toMatchObject({ totalHits: 1, isBlocked: false });
  });

  it('never lets more through in any minute than the limit', async () => {
    const { ask, pass } = threeAMinute();
    const times: number[] = [];
    for (let second = 0; second < 600; second += 7) {
      const { isBlocked } = await ask();
      if (!isBlocked) times.push(second);
      pass(7);
    }
    for (const from of times) {
      expect(times.filter((time) => time >= from && time < from + 59).length).toBeLessThanOrEqual(3);
    }
    expect(times.length).toBeGreaterThan(20);
  });

  it('counts each caller alone', async () => {
    const { ask } = threeAMinute();
    for (let i = 0; i < 4; i += 1) await ask();
    expect(await ask('bob')).toMatchObject({ totalHits: 1, isBlocked: false });
  });

  it('forgets callers who ask no more, and keeps those who are blocked', async () => {
    const { ask, pass } = threeAMinute();
    for (let i = 0; i < 4; i += 1) await ask();
    pass(30);
    for (let i = 0; i < 2_000; i += 1) await ask(`caller ${i}`);
    expect(await ask()).toMatchObject({ isBlocked: true });
    expect(await ask('caller 7')).toMatchObject({ totalHits: 2 });
  });
});
