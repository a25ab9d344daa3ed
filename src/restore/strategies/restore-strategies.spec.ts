import type { Journal } from '../record/journal';
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
  rollback: { ...SWAP, isIncomingKept: true },
  in_place: { ...WRITTEN, isFenced: true },
  scoped: { ...WRITTEN, isFenced: false },
  rehearsal: { kind: 'scratch', phase: 'loading', incoming: 'scc_rehearsal_1' },
};

describe('the table of strategies', () => {
  it.each(Object.entries(JOURNALS))('finds the strategy %s, and no other, by its journal', (name, journal) => {
    const found = Object.entries(STRATEGIES).filter(([, { prototype }]) => prototype.wrote(journal));
    expect(found.map(([key]) => key)).toEqual([name]);
  });
});
