import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What of a record is chained, in the words of the wire. */
export interface ChainedRecord {
  readonly seq: number;
  readonly at: Date;
  readonly actor: string;
  readonly actorRoles: readonly string[];
  readonly sourceIp: string | null;
  readonly requestId: string | null;
  readonly action: string;
  readonly result: string;
  readonly resource: string | null;
  readonly details: object;
}

/** `prev_hash` of the first record. */
export const GENESIS = '0'.repeat(64);

/**
 * SHA-256, lower-case hex, of the record and the hash of the one before it. The fields are a JSON array, so that no value
 * can run into the next one; object keys are sorted, because the database does not keep their order.
 */
export function hashOf(record: ChainedRecord, prevHash: string): string {
  const fields = [
    record.seq,
    record.at.toISOString(),
    record.actor,
    record.actorRoles,
    record.sourceIp,
    record.requestId,
    record.action,
    record.result,
    record.resource,
    record.details,
    prevHash,
  ];
  return createHash('sha256').update(canonical(fields)).digest('hex');
}

/** HMAC-SHA256, lower-case hex: who can rewrite the database cannot make it without the key. */
export function signatureOf(hash: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(hash, 'hex').digest('hex');
}

/** HMAC-SHA256, lower-case hex, of a request that is noted before its outcome is known. */
export function intentMacOf(intent: { id: string; at: Date; entry: object }, key: Uint8Array): string {
  // A key of its own: what signs a record must not be usable for an intent, nor the other way round.
  const ownKey = new Uint8Array(hkdfSync('sha256', key, '', 'berkut/audit-intent', 32));
  return createHmac('sha256', ownKey)
    .update(canonical([intent.id, intent.at.toISOString(), intent.entry]))
    .digest('hex');
}

/** Compares two hex texts in constant time. */
export function isEqualHex(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * A value as the database can keep it, so that what is hashed is what is stored: no undefined members, no null characters,
 * which JSON may hold but `jsonb` may not, and no half of a surrogate pair, which UTF-8 cannot say.
 */
export function storable<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, member: unknown) => storableMember(member)) as T;
}

function storableMember(member: unknown): unknown {
  if (typeof member === 'string') return storableText(member);
  if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
  return Object.fromEntries(Object.entries(member).map(([key, value]) => [storableText(key), value as unknown]));
}

function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}
