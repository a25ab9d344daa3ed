import { testKey, testRing } from '../../../../test/support/containers';
import { createHeader, inspectHeader, readHeader } from './header';
import { KeyRing } from '../keys/key-ring';

const { bytes } = createHeader(testKey());

function changed(at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}

function refusalOf(file: Buffer, ring: KeyRing): unknown {
  try {
    return readHeader(file, ring);
  } catch (error) {
    return error;
  }
}

describe('readHeader', () => {
  it('gives back what the writer made', () => {
    const made = createHeader(testKey());
    expect(readHeader(made.bytes, testRing)).toEqual(made.opened);
    expect(made.opened.fileId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('opens a header sealed with a previous key', () => {
    expect(readHeader(bytes, new KeyRing(testKey(2), [testKey(1)])).keyId).toBe(testKey(1).id);
  });

  it('names the key it needs and those it has', () => {
    expect(refusalOf(bytes, new KeyRing(testKey(2), [testKey(3)]))).toMatchObject({
      fault: 'key_not_in_ring',
      details: { neededKeyId: testKey(1).id, presentKeyIds: [testKey(2).id, testKey(3).id] },
    });
  });

  it.each([
    ['is empty', Buffer.alloc(0), 'not_a_container'],
    ['is shorter than the magic', bytes.subarray(0, 3), 'not_a_container'],
    ['begins with something else', changed(0, 0x62), 'not_a_container'],
    ['has nothing but the magic', bytes.subarray(0, 4), 'truncated'],
    ['is of version 1', changed(4, 1), 'unsupported_version'],
    ['is short and of another version', changed(4, 3).subarray(0, 5), 'unsupported_version'],
    ['ends within the header', bytes.subarray(0, 127), 'truncated'],
    ['has another suite', changed(5, 2), 'unsupported_version'],
    ['has another header length', changed(7, 129), 'header_tampered'],
    ['uses a reserved byte', changed(95, 1), 'header_tampered'],
    ['has another file id', changed(8, ~bytes.readUInt8(8) & 0xff), 'header_tampered'],
    ['has another wrapped key', changed(44, ~bytes.readUInt8(44) & 0xff), 'header_tampered'],
    ['has another header tag', changed(127, ~bytes.readUInt8(127) & 0xff), 'header_tampered'],
  ])('refuses a file that %s', (_, file, fault) => {
    expect(refusalOf(file, testRing)).toMatchObject({ fault });
  });
});

describe('inspectHeader', () => {
  it('needs no key', () => {
    expect(inspectHeader(bytes)).toMatchObject({ version: 2, keyId: testKey().id });
  });
});
