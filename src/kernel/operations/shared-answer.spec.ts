import { SharedAnswer } from './shared-answer';

describe('a shared answer', () => {
  it('is asked for once by all who come while it is open', async () => {
    let asked = 0;
    const open = Promise.withResolvers<undefined>();
    const shared = new SharedAnswer(async () => {
      asked += 1;
      await open.promise;
      return asked;
    });
    const answers = Array.from({ length: 400 }, () => shared.get());
    open.resolve(undefined);
    expect(new Set(await Promise.all(answers))).toEqual(new Set([1]));
    expect(await shared.get()).toBe(2);
  });

  it('is kept for the rest of a second in which it was asked for often enough', async () => {
    let asked = 0;
    const shared = new SharedAnswer(() => Promise.resolve((asked += 1)), 3);
    const beganAtMs = performance.now();
    for (let i = 0; i < 1_000; i += 1) await shared.get();
    const seconds = Math.floor((performance.now() - beganAtMs) / 1_000) + 1;
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(asked).toBeLessThanOrEqual(3 * seconds);
  });

  it('is not kept when it is an error', async () => {
    let asked = 0;
    const shared = new SharedAnswer(() => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error('down')) : Promise.resolve(asked);
    }, 1);
    await expect(shared.get()).rejects.toThrow('down');
    expect(await shared.get()).toBe(2);
  });
});
