import { type ChainedRecord, GENESIS, hashOf, signatureOf } from './audit-chain';
import { type ChainVerdict, judgeChain, type SignedRecord } from './judge-chain';
import type { SigningKeys } from './signature-check';

const KEY = new Uint8Array(32).fill(7);
const OTHER_KEY = new Uint8Array(32).fill(8);

/** A log as it is written, of actors in order. */
function logOf(actors: readonly string[], key = KEY): SignedRecord[] {
  let prevHash = GENESIS;
  return actors.map((actor, i) => {
    const record: ChainedRecord = {
      ...{ seq: i + 1, at: new Date(1_000 * i), actor, actorRoles: [], sourceIp: null, requestId: null },
      ...{ action: 'backups.create', result: 'success', resource: null, details: {} },
    };
    const hash = hashOf(record, prevHash);
    const signed = { ...record, prevHash, hash, signature: signatureOf(hash, key) };
    prevHash = hash;
    return signed;
  });
}

const LOG = logOf(['a', 'b', 'c']);
const at = (index: number): SignedRecord => LOG[index] ?? logOf(['none'])[0]!;
const head = (index: number) => ({ seq: at(index).seq, hash: at(index).hash });
const changed = (index: number, change: Partial<SignedRecord>) => LOG.with(index, { ...at(index), ...change });

async function judged(
  records: readonly SignedRecord[],
  { signing = {}, anchors = [] }: { signing?: Partial<SigningKeys>; anchors?: { seq: number; hash: string }[] } = {},
): Promise<ChainVerdict> {
  async function* read(): AsyncGenerator<SignedRecord> {
    yield* await Promise.resolve(records);
  }
  return judgeChain(read(), { keys: [KEY], isConfigured: true, ...signing }, anchors);
}

describe('a chain of audit records', () => {
  it('is in order as it was written, with and without anchors', async () => {
    const whole = { ok: true, count: 3, head: head(2) };
    expect(await judged(LOG)).toEqual(whole);
    expect(await judged(LOG, { anchors: [head(0), head(2)] })).toEqual(whole);
    expect(await judged([])).toEqual({ ok: true, count: 0 });
  });

  it.each<[string, readonly SignedRecord[], NonNullable<ChainVerdict['first_broken']>, number]>([
    ['begins too late', LOG.slice(1), { seq: 1, reason: 'missing' }, 0],
    ['lacks one in the middle', LOG.toSpliced(1, 1), { seq: 2, reason: 'missing' }, 1],
    ['has one twice', [...LOG, at(2)], { seq: 3, reason: 'out of order' }, 3],
    ['has one with another actor', changed(1, { actor: 'mallory' }), { seq: 2, reason: 'changed' }, 1],
    ['has one with another hash', changed(1, { hash: 'f'.repeat(64) }), { seq: 2, reason: 'changed' }, 1],
    ['has one of another log', LOG.with(1, logOf(['x', 'b'])[1] ?? at(1)), { seq: 2, reason: 'out of order' }, 1],
    ['has one without a signature', changed(1, { signature: '' }), { seq: 2, reason: 'signature' }, 1],
    [
      'has one with the signature of another',
      changed(1, { signature: at(0).signature }),
      { seq: 2, reason: 'signature' },
      1,
    ],
  ])('that %s is broken there', async (_, records, broken, count) => {
    expect(await judged(records)).toMatchObject({ ok: false, count, first_broken: broken });
  });

  it.each<[string, { seq: number; hash: string }[], NonNullable<ChainVerdict['first_broken']>]>([
    ['its end is gone', [head(0), { seq: 5, hash: 'e'.repeat(64) }], { seq: 4, reason: 'missing' }],
    ['it was written anew', [head(0), { seq: 2, hash: 'e'.repeat(64) }], { seq: 2, reason: 'rewritten' }],
    ['two anchors contradict each other', [head(1), { seq: 2, hash: 'e'.repeat(64) }], { seq: 2, reason: 'rewritten' }],
    [
      'it was written anew and cut',
      [
        { seq: 1, hash: 'e'.repeat(64) },
        { seq: 9, hash: '' },
      ],
      { seq: 1, reason: 'rewritten' },
    ],
  ])('without a fault is contradicted by its anchors where %s', async (_, anchors, broken) => {
    expect(await judged(LOG, { anchors })).toEqual({ ok: false, count: 3, head: head(2), first_broken: broken });
  });

  it.each<[string, Partial<SigningKeys>, NonNullable<ChainVerdict['first_broken']> | undefined]>([
    ['signed by one of several keys', { keys: [OTHER_KEY, KEY] }, undefined],
    ['signed with another key than the configured one', { keys: [OTHER_KEY] }, { seq: 1, reason: 'signature' }],
    [
      'signed with an unknown key, where none is configured',
      { keys: [OTHER_KEY], isConfigured: false },
      { seq: 1, reason: 'signature' },
    ],
    ['cut before the configured key signed first', { since: 4 }, { seq: 4, reason: 'missing' }],
    [
      'not signed by the configured key where it signed first',
      { keys: [OTHER_KEY], since: 2 },
      { seq: 2, reason: 'signature' },
    ],
  ])('%s', async (_, signing, broken) => {
    const verdict = await judged(LOG, { signing });
    expect([verdict.ok, verdict.first_broken]).toEqual([broken === undefined, broken]);
  });

  it('counts records before the first of a configured key by their chain alone', async () => {
    const before = logOf(['a', 'b', 'c'], OTHER_KEY);
    const [, , last] = before;
    const log = last === undefined ? [] : [...before.slice(0, 2), { ...last, signature: signatureOf(last.hash, KEY) }];
    expect(await judged(log, { signing: { since: 3 } })).toMatchObject({ ok: true, count: 3 });
  });
});
