import { counted } from '../../bytes/counted';
import { archivePart } from '../archive/archive-part';
import type { ArchiveEntry, ArchiveSource } from '../archive/archive-toc';
import type { LateRows } from '../archive/late-rows';
import { BEGINNINGS } from '../archive/load-passes';
import { keyOf, type RelationName } from '../server/relation-name';

const ROWS = 'TABLE DATA';

/** The numbers of the turns in which rows are loaded, one after the other. */
export function turnsIn(late: LateRows): number[] {
  return [0, ...late.map((_, i) => i + 1)];
}

/** The turn in which the rows of a table are loaded. */
export function turnOf(table: RelationName, late: LateRows): number {
  return late.findIndex((tables) => tables.has(keyOf(table))) + 1;
}

/**
 * The part of an archive of rows that is loaded in one turn: in the first all that is not late, in the later ones nothing but rows of
 * tables whose turn it is.
 *
 * @param onBytes told of the bytes of the whole archive in the first turn, which is the one that has not read them before
 * @returns `undefined` when nothing of it is
 * @throws as {@link archivePart}
 */
export async function rowTurn(
  archive: ArchiveSource,
  late: LateRows,
  turn: number,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<AsyncIterable<Buffer> | undefined> {
  const whole = (): AsyncIterable<Buffer> => (turn === 0 ? counted(archive(), onBytes) : archive());
  if (late.length === 0) return whole();
  const isLate = (entry: ArchiveEntry): boolean => late.some((tables) => tables.has(keyOf(entry)));
  const isWanted = (entry: ArchiveEntry): boolean => {
    if (turn === 0) return entry.type !== ROWS || !isLate(entry);
    return BEGINNINGS.has(entry.type) || (entry.type === ROWS && late[turn - 1]?.has(keyOf(entry)) === true);
  };
  const part = await archivePart(archive, isWanted);
  return turn === 0 || part.types.has(ROWS) ? part.read(whole()) : undefined;
}
