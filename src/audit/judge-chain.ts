import { present } from '../engine/optional/present';
import { type ChainedRecord, GENESIS, hashOf } from './audit-chain';
import type { ChainHead } from './chain-anchors';
import { SignatureCheck, type SigningKeys } from './signature-check';

/** A record with what proves it. */
export interface SignedRecord extends ChainedRecord {
  readonly prevHash: string;
  readonly hash: string;
  readonly signature: string;
}

/** What going through the whole chain has found. */
export interface ChainVerdict {
  ok: boolean;
  /** Records that are in order, from the first one. */
  count: number;
  head?: { seq: number; hash: string };
  /** The first record that is changed, missing, inserted, out of order, or not the one that an anchor holds. */
  first_broken?: { seq: number; reason: 'missing' | 'changed' | 'out of order' | 'signature' | 'rewritten' };
}

type Break = NonNullable<ChainVerdict['first_broken']>;

/**
 * Goes through a chain from its first record and stops at the first that is not what was written.
 *
 * @param records all of the log, in the order of their numbers
 * @param anchors earlier heads of the log, oldest first
 */
export async function judgeChain(
  records: AsyncIterable<SignedRecord>,
  signing: SigningKeys,
  anchors: readonly ChainHead[],
): Promise<ChainVerdict> {
  const signatures = new SignatureCheck(signing);
  const anchored = new Set(anchors.map(({ seq }) => seq));
  const hashes = new Map<number, string>();
  let head: ChainHead = { seq: 0, hash: GENESIS };
  for await (const record of records) {
    const reason = faultOf(record, head) ?? (signatures.accepts(record) ? undefined : 'signature');
    if (reason !== undefined) return verdict(head, { seq: reason === 'missing' ? head.seq + 1 : record.seq, reason });
    head = { seq: record.seq, hash: record.hash };
    if (anchored.has(record.seq)) hashes.set(record.seq, record.hash);
  }
  return verdict(head, faultOfEnd(head.seq, signing, signatures) ?? contradiction(head.seq, anchors, hashes));
}

function faultOf(record: SignedRecord, head: ChainHead): Break['reason'] | undefined {
  if (record.seq <= head.seq) return 'out of order';
  if (record.seq !== head.seq + 1) return 'missing';
  if (hashOf(record, record.prevHash) !== record.hash) return 'changed';
  return record.prevHash === head.hash ? undefined : 'out of order';
}

/** A configured key that has signed before has signed a record of this log. */
function faultOfEnd(newestSeq: number, { since }: SigningKeys, signatures: SignatureCheck): Break | undefined {
  if (since !== undefined && since > newestSeq) return { seq: newestSeq + 1, reason: 'missing' };
  const unproven = signatures.unproven();
  return unproven === undefined ? undefined : { seq: unproven, reason: 'signature' };
}

/** A chain without a fault may still have lost its end, or be another one. */
function contradiction(
  newestSeq: number,
  anchors: readonly ChainHead[],
  hashes: ReadonlyMap<number, string>,
): Break | undefined {
  const other = anchors.find(({ seq, hash }) => seq <= newestSeq && hashes.get(seq) !== hash);
  if (other !== undefined) return { seq: other.seq, reason: 'rewritten' };
  const isCut = anchors.some(({ seq }) => seq > newestSeq);
  return isCut ? { seq: newestSeq + 1, reason: 'missing' } : undefined;
}

function verdict(head: ChainHead, broken: Break | undefined): ChainVerdict {
  return {
    ok: broken === undefined,
    count: head.seq,
    ...present({ head: head.seq === 0 ? undefined : head, first_broken: broken }),
  };
}
