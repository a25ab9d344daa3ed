import { unlessAborted } from './unless-aborted';

const never = (): Promise<never> => new Promise(() => undefined);

describe('work that may never end', () => {
  it('is waited for', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(unlessAborted(Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed');
  });

  it('is left when the signal is aborted, before or meanwhile, and what it fails with later is nothing', async () => {
    const abort = new AbortController();
    const later = Promise.withResolvers<never>();
    const left = [unlessAborted(never(), abort.signal), unlessAborted(later.promise, abort.signal)];
    abort.abort(new Error('the service ends'));
    for (const each of left) await expect(each).rejects.toThrow('the service ends');
    await expect(unlessAborted(never(), abort.signal)).rejects.toThrow('the service ends');
    later.reject(new Error('the server has answered'));
    await expect(unlessAborted(never(), AbortSignal.abort('no error'))).rejects.toThrow('stopped');
  });
});
