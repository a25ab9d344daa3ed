import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { generateOperatorKey, OperatorKeyError, parseOperatorKey } from './operator-key';

const bytes = Buffer.from('fb7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a6ff', 'hex');
const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest();

describe('parseOperatorKey', () => {
  it.each([
    ['64 hex digits', bytes.toString('hex'), bytes],
    ['hex digits in capitals', bytes.toString('hex').toUpperCase(), bytes],
    ['hex with space around it', ` \t${bytes.toString('hex')}\r\n`, bytes],
    ['padded base64', bytes.toString('base64'), bytes],
    ['unpadded base64', bytes.toString('base64').replace('=', ''), bytes],
    ['32 bytes of text', 'пароль: 32 байта ок', Buffer.from('пароль: 32 байта ок')],
    ['more than 32 bytes of hex', `${bytes.toString('hex')}00`, sha256(Buffer.concat([bytes, Buffer.of(0)]))],
    [
      'more than 32 bytes of text',
      'correct horse battery staple, and more',
      sha256('correct horse battery staple, and more'),
    ],
    ['what looks like a mistake, when it is meant', `exactly:"${'a'.repeat(30)}"`, Buffer.from(`"${'a'.repeat(30)}"`)],
    ['48 bytes of base64', 'aZ+/'.repeat(16), sha256(Buffer.from('aZ+/'.repeat(16), 'base64'))],
    [
      'text with a quotation in it',
      '"Berkut" is a bird, and # no comment',
      sha256('"Berkut" is a bird, and # no comment'),
    ],
    ['URL-safe base64, which is text', '-'.repeat(32), Buffer.from('-'.repeat(32))],
    ['base64 with wrong padding, which is text', `${'a'.repeat(34)}=`, Buffer.from(`${'a'.repeat(34)}=`)],
    ['base64 on two lines', `${bytes.toString('base64', 0, 24)}\n${bytes.toString('base64', 24)}`, bytes],
  ])('reads %s', (_, text, material) => {
    const expected = material.length === 32 ? material : sha256(material);
    expect(parseOperatorKey(text).material.toString('hex')).toBe(expected.toString('hex'));
  });

  it.each([
    ['nothing', '', 'empty'],
    ['space', ' \n', 'empty'],
    ['31 bytes of hex', 'ab'.repeat(31), 'valid hex, so it is read as 31 bytes'],
    ['32 letters and digits, which are base64', 'a'.repeat(30) + 'Zz', '32 characters are read as 24 bytes'],
    ['short text', 'short!', '6 bytes of text'],
  ])('refuses %s and says why', (_, text, reason) => {
    const read = () => parseOperatorKey(text);
    expect(read).toThrow(OperatorKeyError);
    expect(read).toThrow(reason);
    expect(read).toThrow('64 hex digits');
  });

  const hex = bytes.toString('hex');
  const base64 = bytes.toString('base64');
  it.each([
    ['hex in double quotes', `"${hex}"`, 'is in quotes'],
    ['base64 in single quotes', `'${base64}'`, 'is in quotes'],
    ['text in quotes', '"correct horse battery staple, and more"', 'is in quotes'],
    ['a quote at one end only', `${hex}'`, 'is in quotes'],
    ['63 hex digits', hex.slice(1), 'has 63 hex digits, an odd number'],
    ['65 hex digits', `${hex}0`, 'has 65 hex digits, an odd number'],
    ['0x before it', `0x${hex}`, 'begins with 0x'],
    ['0X before it', `0X${hex}`, 'begins with 0x'],
    ['a comment after hex', `${hex} # the key`, 'has a comment after it'],
    ['a comment right after base64', `${base64}#comment`, 'has a comment after it'],
    ['a comment right after base64, with a space in it', `${base64}; the key`, 'has a comment after it'],
    ['a comment after base64', `${base64}\t// the key`, 'has a comment after it'],
    ['a comment on a line before it', `# the key\n${hex}`, 'has something before or after 64 hex digits'],
    ['words after it', `${hex} of 2026`, 'has something before or after 64 hex digits'],
    ['a semicolon after it', `${hex};`, 'has a comment after it'],
    ['a sign after it', `${hex},`, 'has something before or after 64 hex digits'],
    ['a variable before it', `BACKUP_ENCRYPTION_KEY=${base64}`, 'has the name of a variable before it'],
    ['an export', `export KEY="${hex}"`, 'has the name of a variable before it'],
    ['colons between the digits', hex.match(/../g)?.join(':') ?? '', 'has spaces, line breaks or signs'],
    ['hex on two lines', `${hex.slice(0, 32)}\n${hex.slice(32)}`, 'has spaces, line breaks or signs'],
    ['a letter in place of a digit', `${hex.slice(0, 63)}O`, 'of which 63 are hex digits'],
  ])('takes no key with %s for another one', (_, text, reason) => {
    const read = () => parseOperatorKey(text);
    expect(read).toThrow(OperatorKeyError);
    expect(read).toThrow(reason);
    expect(read).toThrow(/^(?!.*7f3c2a)/s);
  });

  it('never repeats the key in an error', () => {
    expect(() => parseOperatorKey('S3cret!')).toThrow(/^(?!.*S3cret)/s);
  });

  it('derives the id that other implementations derive', () => {
    expect(parseOperatorKey('7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317').id).toBe(
      '5b9ba1a413782112',
    );
  });
});

describe('OperatorKey', () => {
  it('shows its id and never its material', () => {
    const key = parseOperatorKey(bytes.toString('hex'));
    for (const shown of [
      JSON.stringify({ key }),
      inspect(key),
      inspect({ deep: [key] }, { showHidden: true }),
      String(key),
    ]) {
      expect(shown).toContain(key.id);
      expect(shown.toLowerCase()).not.toContain(bytes.toString('hex', 0, 4));
      expect(shown).not.toMatch(/fb, ?7f|251, ?127/);
    }
  });
});

describe('generateOperatorKey', () => {
  it('makes 64 hex digits, different every time', () => {
    const text = generateOperatorKey();
    expect(text).toMatch(/^[0-9a-f]{64}$/);
    expect(generateOperatorKey()).not.toBe(text);
    expect(parseOperatorKey(text).material.toString('hex')).toBe(text);
  });
});
