import fc from 'fast-check';
import { MessageWalker } from './message-walker';

function message(letter: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(letter, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Goes through some bytes in pieces of these sizes, in turn. */
function walked(bytes: Buffer, sizes: readonly number[]) {
  const said: [string, string][] = [];
  const walker = new MessageWalker((letter, body) => said.push([String.fromCharCode(letter), body.toString('latin1')]));
  const rows: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const piece = Buffer.from(bytes.subarray(at, at + (sizes[turn % sizes.length] ?? 1)));
    at += piece.length;
    rows.push(piece.subarray(0, walker.push(piece)));
  }
  return { rows: Buffer.concat(rows), said, isBetween: walker.isBetween };
}

const body = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const messages = fc.array(
  fc.record({ letter: fc.constantFrom('d', 'd', 'd', 'H', 'c', 'C', 'Z', 'E', 'N', 'S', 'A'), body }),
);

describe('MessageWalker', () => {
  it('gives the bytes of rows and tells of other messages, in whatever pieces they arrive', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, sizes) => {
        const bytes = Buffer.concat(sent.map((one) => message(one.letter, one.body)));
        expect(walked(bytes, sizes)).toEqual({
          rows: Buffer.concat(sent.filter(({ letter }) => letter === 'd').map((one) => one.body)),
          said: sent
            .filter(({ letter }) => !'dNSA'.includes(letter))
            .map((one) => [one.letter, one.body.toString('latin1')]),
          isBetween: true,
        });
      }),
    );
  });

  it('keeps no more of a long message than its beginning, and finds the end of it', () => {
    const bytes = Buffer.concat([message('E', Buffer.alloc(3_000_000, 'x')), message('d', Buffer.from('row\n'))]);
    const { rows, said } = walked(bytes, [100_000]);
    expect(rows.toString()).toBe('row\n');
    expect(said.map(([letter, text]) => [letter, text.length])).toEqual([['E', 65_536]]);
  });

  it('knows a message that has only begun', () => {
    const bytes = message('d', Buffer.from('row\n'));
    for (let end = 1; end < bytes.length; end += 1) expect(walked(bytes.subarray(0, end), [3]).isBetween).toBe(false);
  });

  it('refuses a length that no message has', () => {
    expect(() => walked(Buffer.from('6400000003', 'hex'), [5])).toThrow('impossible length');
    expect(() => walked(Buffer.from('64ffffffff', 'hex'), [5])).toThrow('impossible length');
  });
});
