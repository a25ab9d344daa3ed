import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { abortable } from './abortable';

describe('abortable', () => {
  it('passes on every chunk, and ends at once when the signal aborts', async () => {
    const stopping = new AbortController();
    const source = async function* () {
      yield 1;
      yield 2;
      await new Promise<never>(() => undefined);
    };
    const seen: number[] = [];
    const reading = (async () => {
      for await (const chunk of abortable(source(), stopping.signal)) {
        seen.push(chunk);
        if (chunk === 2) setImmediate(() => stopping.abort(new Error('enough')));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(seen).toEqual([1, 2]);
  });

  it('keeps none of the chunks that have passed: an upload may be larger than the memory', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const passed: WeakRef<Buffer>[] = [];
    let alive = Infinity;
    const source = async function* () {
      for (let i = 0; i < 100; i += 1) {
        await new Promise(setImmediate);
        yield Buffer.allocUnsafeSlow(10_000);
      }
      await new Promise(setImmediate);
      // Once, while all have passed and the pass has not ended: it costs as much as there is in the heap.
      collectGarbage();
      alive = passed.filter((ref) => ref.deref() !== undefined).length;
    };
    for await (const chunk of abortable(source(), new AbortController().signal)) passed.push(new WeakRef(chunk));
    expect(alive).toBeLessThan(10);
  });
});
