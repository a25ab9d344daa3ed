import pg from 'pg';
import type { BackupIndex } from '../../container/read/backup-reader';
import { qualified, type RelationName } from '../server/relation-name';

/** A statement for each would be a trip for each. */
const SEQUENCES_A_STATEMENT = 200;

/**
 * Gives sequences the values of a backup.
 *
 * @param isWanted which ones; by default all
 * @throws the driver's error, as for a sequence that is not there
 */
export async function setSequences(
  client: pg.ClientBase,
  { sequences = [] }: BackupIndex,
  isWanted: (sequence: RelationName) => boolean = () => true,
): Promise<void> {
  const wanted = sequences.filter(isWanted);
  for (let from = 0; from < wanted.length; from += SEQUENCES_A_STATEMENT) {
    const some = wanted.slice(from, from + SEQUENCES_A_STATEMENT);
    await client.query(setvalStatements(some).join(' UNION ALL '));
  }
}

/** A statement for each sequence. */
export function setvalStatements(sequences: NonNullable<BackupIndex['sequences']>): string[] {
  return sequences.map(({ last_value: value, is_called: isCalled, ...name }) => {
    const relation = pg.escapeLiteral(qualified(name));
    return `SELECT pg_catalog.setval(${relation}::pg_catalog.regclass, ${pg.escapeLiteral(value)}::bigint, ${isCalled})`;
  });
}
