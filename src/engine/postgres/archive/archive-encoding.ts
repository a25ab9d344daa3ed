import { TextDecoder } from 'node:util';

/** Makes bytes into text, byte for byte where the encoding is not known. */
export type Decode = (bytes: Uint8Array) => string;

/** What the web calls PostgreSQL's encodings (https://www.postgresql.org/docs/current/multibyte.html). */
const LABELS: Readonly<Record<string, string>> = {
  BIG5: 'big5',
  EUC_CN: 'gb18030',
  // Their characters are at the same places, as far as one has them that the other has.
  EUC_JIS_2004: 'euc-jp',
  EUC_JP: 'euc-jp',
  EUC_KR: 'euc-kr',
  GB18030: 'gb18030',
  GBK: 'gbk',
  ISO_8859_5: 'iso-8859-5',
  ISO_8859_6: 'iso-8859-6',
  ISO_8859_7: 'iso-8859-7',
  ISO_8859_8: 'iso-8859-8',
  KOI8R: 'koi8-r',
  KOI8U: 'koi8-u',
  LATIN2: 'iso-8859-2',
  LATIN3: 'iso-8859-3',
  LATIN4: 'iso-8859-4',
  // The web knows this one alone, which has signs where LATIN5 has control characters.
  LATIN5: 'windows-1254',
  LATIN6: 'iso-8859-10',
  LATIN7: 'iso-8859-13',
  LATIN8: 'iso-8859-14',
  LATIN9: 'iso-8859-15',
  LATIN10: 'iso-8859-16',
  SJIS: 'shift_jis',
  UHC: 'euc-kr',
  WIN866: 'ibm866',
  WIN874: 'windows-874',
  WIN1250: 'windows-1250',
  WIN1251: 'windows-1251',
  WIN1252: 'windows-1252',
  WIN1253: 'windows-1253',
  WIN1254: 'windows-1254',
  WIN1255: 'windows-1255',
  WIN1256: 'windows-1256',
  WIN1257: 'windows-1257',
  WIN1258: 'windows-1258',
};

/** The encoding of our own sessions: the driver knows no other. */
export const UTF8 = 'UTF8';

/** How pg_dump says in which encoding the rest of a text is. */
const SET_ENCODING = /^SET client_encoding = '([^']+)';(?:\n|$)/m;

/** @returns `undefined` when the text does not say */
export function encodingIn(sql: string): string | undefined {
  return SET_ENCODING.exec(sql)?.[1];
}

/** The same without the statement that says it. */
export function withoutEncoding(sql: string): string {
  return sql.replace(SET_ENCODING, '');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Names and definitions as a reader sees them. What is sent to a server again is never made from this, but from the bytes. A
 * backup is refused when the server reads a name otherwise, as in EUC_TW and JOHAB, which have no decoder. From MULE_INTERNAL the
 * server itself makes no UTF-8, and ends our session at once.
 */
export function decoderFor(encoding: string): Decode {
  const label = LABELS[encoding];
  if (label !== undefined) {
    const decoder = new TextDecoder(label);
    return (bytes) => decoder.decode(bytes);
  }
  // A database without an encoding mostly holds UTF-8.
  return encoding === UTF8 || encoding === 'SQL_ASCII' ? decodeUtf8 : latin1;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return latin1(bytes);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
