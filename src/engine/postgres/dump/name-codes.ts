import type pg from 'pg';

/** Names that are not ASCII, in a database whose encoding is not UTF-8, and their characters as the server numbers them. */
export type NameCodes = ReadonlyMap<string, readonly number[]>;

// A database without an encoding takes our bytes for its own.
const NAMES = `
  SELECT name, pg_catalog.encode(pg_catalog.convert_to(name, pg_catalog.getdatabaseencoding()), 'hex') AS hex,
         pg_catalog.getdatabaseencoding()::text AS encoding
    FROM (SELECT relname::text AS name FROM pg_catalog.pg_class UNION SELECT nspname::text FROM pg_catalog.pg_namespace) names
   WHERE pg_catalog.getdatabaseencoding() NOT IN ('UTF8', 'SQL_ASCII')
     AND pg_catalog.octet_length(pg_catalog.regexp_replace(name, '[^\\x01-\\x7f]', '', 'g')) < pg_catalog.octet_length(name)`;

/** Begins a character of three bytes, in the encodings of East Asia. */
const THREE_BYTES = 0x8f;
/** Begins one of four bytes in EUC_TW, and of two in the others. */
const FOUR_BYTES = 0x8e;

/** @param client connected to the database that is dumped */
export async function readNameCodes(client: pg.Client): Promise<NameCodes> {
  const { rows } = await client.query<{ name: string; hex: string; encoding: string }>(NAMES);
  return new Map(rows.map(({ name, hex, encoding }) => [name, codesOf(Buffer.from(hex, 'hex'), encoding)]));
}

/** The server's numbers (`pg_wchar`): bytes, or for a character of several bytes these as one number. */
function codesOf(bytes: Buffer, encoding: string): number[] {
  const codes: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = encoding.startsWith('EUC_') ? lengthAt(bytes[at] ?? 0, encoding) : 1;
    codes.push(bytes.readUIntBE(at, Math.min(length, bytes.length - at)));
    at += length;
  }
  return codes;
}

function lengthAt(first: number, encoding: string): number {
  if (first === FOUR_BYTES && encoding === 'EUC_TW') return 4;
  if (first === THREE_BYTES) return 3;
  return first >= 0x80 ? 2 : 1;
}
