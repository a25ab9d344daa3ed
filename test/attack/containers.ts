import { containerOf, PLAIN, testKey } from '../support/containers';
import { assembled, framesOf, withIndex, withStream } from '../support/forged-container';
import type { Attack } from './round';

/** Files to import that differ from what a holder of the key has written. */
export const containers: Attack = async ({ service, isShort }, round) => {
  const streams = ['0', '1'].map((name) => ({
    name: `data/${name}`,
    compression: PLAIN,
    plain: Buffer.alloc(3_000, name),
  }));
  const good = await containerOf(streams);
  const frames = framesOf(good);
  const tries: [string, Buffer][] = [];
  const step = isShort ? Math.ceil((good.length * 8) / 35) : 8;
  for (let bit = 0; bit < good.length * 8; bit += step) {
    const changed = Buffer.from(good);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    tries.push([`bit ${bit}`, changed]);
  }
  const cuts = isShort ? 15 : 200;
  for (let i = 0; i < cuts; i += 1) {
    const length = Math.floor((good.length * i) / cuts);
    tries.push([`cut at ${length}`, good.subarray(0, length)]);
  }
  frames.forEach((_, i) => {
    tries.push([`without frame ${i}`, assembled(good, frames.toSpliced(i, 1))]);
    const [a, b] = [frames[i], frames[i + 1]];
    if (a === undefined || b === undefined) return;
    tries.push([`frames ${i} and ${i + 1} swapped`, assembled(good, frames.toSpliced(i, 2, b, a))]);
    tries.push([`frame ${i} twice`, assembled(good, frames.toSpliced(i, 0, a))]);
  });
  const other = await containerOf(streams);
  tries.push(
    ['a foreign key', await containerOf(streams, testKey(9))],
    ['the header of another file', Buffer.concat([other.subarray(0, 128), good.subarray(128)])],
    ['the frames of another file', assembled(good, framesOf(other))],
    ['two files', Buffer.concat([good, other])],
    ['a byte more', Buffer.concat([good, Buffer.from('x')])],
    ['an index of no streams', await withIndex(good, (index) => ({ ...index, streams: [] }))],
    ['an index that is a list', await withIndex(good, () => [])],
    ['an index of a huge stream', await withIndex(good, (index) => withStream(index, { plain_size: 2 ** 53 }))],
    ['an index of another size', await withIndex(good, (index) => withStream(index, { plain_size: 1 }))],
    [
      'an index with another hash',
      await withIndex(good, (index) => withStream(index, { plain_sha256: '0'.repeat(64) })),
    ],
    ['an index with a NUL', await withIndex(good, (index) => withStream(index, { name: 'data/\0' }))],
  );
  const left = [...tries];
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const response = await service.client.upload([next[1]]);
      await response.arrayBuffer();
      round.request(next[0], response.status, (status) => status === 400);
    }
  };
  await Promise.all([work(), work(), work()]);
};
