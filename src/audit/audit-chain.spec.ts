import { type ChainedRecord, GENESIS, hashOf, intentMacOf, isEqualHex, signatureOf, storable } from './audit-chain';

const RECORD: ChainedRecord = {
  seq: 1,
  at: new Date('2026-11-28T12:00:00.000Z'),
  actor: 'olena',
  actorRoles: ['admin'],
  sourceIp: '192.0.2.7',
  requestId: 'r-1',
  action: 'backups.create',
  result: 'success',
  resource: 'backup:1',
  details: { scope: ['ALL'], label: 'before the upgrade' },
};
const HASH = '5bfa785df7dea410de60cceb23aa87eedffb373bba6684b33c9b9b14b798b0f0';
const KEY = new Uint8Array(32).fill(7);
const AT = new Date('2026-11-28T12:00:00.000Z');

describe('the chain of audit records', () => {
  it('stays what it is: a hash that another release has written must be found again', () => {
    expect(hashOf(RECORD, GENESIS)).toBe(HASH);
    expect(signatureOf(HASH, KEY)).toBe('7d660defcae5f163f3e3b6b093c96f92d17b53ad089e68095b30f3336ab073ff');
    expect(intentMacOf({ id: 'i', at: AT, entry: { a: 1 } }, KEY)).toBe(
      '06d61251adc22e3f3d959355ff4444c99c4ec4b5bba867454a9a5c71797331bb',
    );
  });

  it.each<Partial<ChainedRecord>>([
    { seq: 2 },
    { at: new Date('2026-11-28T12:00:00.001Z') },
    { actor: 'olen' },
    { actorRoles: [] },
    { actorRoles: ['admin', ''] },
    { sourceIp: null },
    { requestId: null },
    { action: 'backups.delete' },
    { result: 'denied' },
    { resource: null },
    { details: {} },
    { details: { scope: ['ALL'], label: 'before the upgrade', more: null } },
    // A value that runs into its neighbour.
    { action: 'backups.createsuccess', result: '' },
  ])('has another hash with %j', (change) => {
    expect(hashOf({ ...RECORD, ...change }, GENESIS)).not.toBe(hashOf(RECORD, GENESIS));
  });

  it('has another hash after another record', () => {
    expect(hashOf(RECORD, 'f'.repeat(64))).not.toBe(hashOf(RECORD, GENESIS));
  });

  it('does not mind the order of members, which the database does not keep', () => {
    const details = { label: 'before the upgrade', scope: ['ALL'] };
    expect(hashOf({ ...RECORD, details }, GENESIS)).toBe(hashOf(RECORD, GENESIS));
  });

  it('signs records and intents with different keys', () => {
    const intent = { id: 'i', at: AT, entry: {} };
    expect(intentMacOf(intent, KEY)).not.toBe(intentMacOf(intent, new Uint8Array(32).fill(8)));
    expect(intentMacOf(intent, KEY)).not.toBe(intentMacOf({ ...intent, id: 'j' }, KEY));
  });

  it.each([
    ['00', '00', true],
    ['00', '01', false],
    ['00', '', false],
    ['00', '0000', false],
  ])('compares %s and %s', (a, b, isEqual) => {
    expect(isEqualHex(a, b)).toBe(isEqual);
  });

  it.each([
    [{ a: undefined }, {}],
    [{ a: 'x\0y' }, { a: 'x\ufffdy' }],
    [{ 'k\0': [1, '\ud800'] }, { 'k\ufffd': [1, '\ufffd'] }],
    [{ at: AT }, { at: '2026-11-28T12:00:00.000Z' }],
  ])('keeps of %j what the database can keep', (value, kept) => {
    expect(storable<unknown>(value)).toEqual(kept);
  });
});
