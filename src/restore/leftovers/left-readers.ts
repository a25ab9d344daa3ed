import { present } from '../../engine/optional/present';
import { roleOwner, type ScratchJournal } from '../record/journal';
import type { LeftoverItem } from './leftover';

/** The role of the readers of a rehearsal that are to be let out. */
export function leftReaders(runId: number, { readers, incoming, incomingOid }: ScratchJournal): LeftoverItem[] {
  if (readers === undefined || readers.admitted.length === 0) return [];
  const database = { database: incoming, ...present({ oid: incomingOid }) };
  return [{ kind: 'readers', role: readers.role, owner: roleOwner(runId), ...database }];
}
