import { randomBytes } from 'node:crypto';
import { type Borrowed, copyOf } from '../../engine/bytes/borrowed';
import { WriteBehind } from './write-behind';

/** A file that takes some turns of the event loop for each write, and may run out of room. */
function slowFile(roomBytes = Infinity, turns = 1) {
  const written: Buffer[] = [];
  let isBusy = false;
  return {
    bytes: () => Buffer.concat(written),
    isBusy: () => isBusy,
    async write(bytes: Borrowed) {
      if (isBusy) throw new Error('two writes at once');
      isBusy = true;
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      isBusy = false;
      if (Buffer.concat(written).length + bytes.length > roomBytes) throw new Error('full');
      written.push(copyOf(bytes));
    },
  };
}

describe('WriteBehind', () => {
  it.each([0, 1, 65_536, 524_288, 524_289, 3_000_001])('writes all of %d bytes to each file', async (sizeBytes) => {
    const bytes = randomBytes(sizeBytes);
    const files = [slowFile(), slowFile()];
    const writer = new WriteBehind(files);
    for (let at = 0; at < bytes.length; at += 70_001) await writer.add(bytes.subarray(at, at + 70_001));
    await writer.end();
    for (const file of files) expect(file.bytes().equals(bytes)).toBe(true);
  });

  it('fails when a write failed, at the end at the latest', async () => {
    const writer = new WriteBehind([slowFile(600_000)]);
    const adding = (async () => {
      for (let i = 0; i < 20; i += 1) await writer.add(randomBytes(100_000));
    })();
    await expect(adding).rejects.toThrow('full');
    const short = new WriteBehind([slowFile(10)]);
    await short.add(randomBytes(100));
    await expect(short.end()).rejects.toThrow('full');
  });

  it('stops only when every file has stopped, even if one of them has failed', async () => {
    const [full, slow] = [slowFile(10), slowFile(Infinity, 20)];
    const writer = new WriteBehind([full, slow]);
    await writer.add(randomBytes(600_000));
    await expect(writer.end()).rejects.toThrow('full');
    await writer.stop();
    expect([full.isBusy(), slow.isBusy()]).toEqual([false, false]);
  });

  it('is still when it was stopped', async () => {
    const file = slowFile();
    const writer = new WriteBehind([file]);
    await writer.add(randomBytes(600_000));
    expect(file.isBusy()).toBe(true);
    await writer.stop();
    expect(file.isBusy()).toBe(false);
  });
});
