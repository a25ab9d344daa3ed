import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { InterruptibleWait } from './interruptible-wait';

describe('InterruptibleWait', () => {
  it('gives what comes of the work, and fails with what the work fails with', async () => {
    const waiting = new InterruptibleWait();
    await expect(waiting.until(Promise.resolve(7))).resolves.toBe(7);
    await expect(waiting.until(Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  });

  it('ends the wait that is under way, and every later one, with the first reason', async () => {
    const waiting = new InterruptibleWait();
    const never = new Promise<never>(() => undefined);
    const waited = expect(waiting.until(never)).rejects.toThrow('first');
    waiting.interrupt(new Error('first'));
    waiting.interrupt(new Error('second'));
    await waited;
    await expect(waiting.until(Promise.resolve(7))).rejects.toThrow('first');
    await expect(waiting.until(Promise.reject(new Error('late')))).rejects.toThrow('first');
  });

  it('keeps nothing of what it has waited for', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const waiting = new InterruptibleWait();
    const seen: WeakRef<object>[] = [];
    for (let i = 0; i < 100; i += 1) seen.push(new WeakRef(await waiting.until(Promise.resolve({ i }))));
    // A target of a weak reference is kept until the current turn of the event loop ends.
    await new Promise(setImmediate);
    collectGarbage();
    expect(seen.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(2);
    waiting.interrupt(new Error('over'));
  });
});
