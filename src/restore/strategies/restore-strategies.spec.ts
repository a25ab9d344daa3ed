import { problem } from '../../engine/findings/finding';
import type { Question } from '../../engine/postgres/check/preflight';
import { OneTransaction } from '../parts/one-transaction';
import type { Journal } from '../record/journal';
import { InPlaceRestore } from './in-place';
import { STRATEGIES } from './restore-strategies';

const SWAP = {
  kind: 'swap',
  phase: 'swapping',
  target: 'scc',
  targetOid: '1',
  incoming: 'scc_restore_1',
  kept: 'scc_before_1',
} as const;
const WRITTEN = { kind: 'transaction', phase: 'loading', target: 'scc' } as const;

const JOURNALS: Readonly<Record<keyof typeof STRATEGIES, Journal>> = {
  swap: { ...SWAP, isIncomingKept: false },
  online: { ...SWAP, isIncomingKept: false, isOnline: true },
  promotion: { ...SWAP, isIncomingKept: false, isRehearsed: true },
  rollback: { ...SWAP, isIncomingKept: true },
  in_place: { ...WRITTEN, isFenced: true },
  scoped: { ...WRITTEN, isFenced: false },
  into: { kind: 'into', phase: 'loading', incoming: 'scc_restore_1', database: 'scc_copy' },
  rehearsal: { kind: 'scratch', phase: 'loading', incoming: 'scc_rehearsal_1' },
};

describe('a restore in place', () => {
  it('is none that could load while the target is open', async () => {
    const strategy = new InPlaceRestore(Object.create(OneTransaction.prototype) as OneTransaction);
    expect(await strategy.findings({ isOnline: true } as Question)).toEqual([problem('online.needs_swap')]);
  });
});

describe('the table of strategies', () => {
  it.each(Object.entries(JOURNALS))('finds the strategy %s, and no other, by its journal', (name, journal) => {
    const found = Object.entries(STRATEGIES).filter(([, { prototype }]) => prototype.wrote(journal));
    expect(found.map(([key]) => key)).toEqual([name]);
  });
});
