import type { DatabaseAddress } from '../../engine/address/database-address';
import { problem, warning } from '../../engine/findings/finding';
import { codeWarningsOf } from '../../engine/postgres/check/code-warnings';
import { readerFindings } from '../../engine/postgres/check/reader-findings';
import { connectionLimit } from '../../engine/postgres/check/connection-limit';
import { connectionWarnings } from '../../engine/postgres/check/new-database-access';
import { withConnection } from '../../engine/postgres/server/connection';
import { findLeftOut, findUnreadable } from '../../engine/postgres/dump/dump-rights';
import { findUnreadableNames } from '../../engine/postgres/dump/unreadable-names';
import { type Diagnosis, found, ok } from './diagnosis';

/** Whether a backup of the target is possible and would hold all of it. A target that accepts no connections is not asked. */
export async function checkReadable(target: DatabaseAddress): Promise<Diagnosis[]> {
  const check = 'backup rights';
  const names = await withConnection(target, findUnreadableNames).catch(() => undefined);
  // Where one cannot be read, the other questions have no answer.
  if (names !== undefined && names.length > 0)
    return names.map((object) => found(check, problem('backup.unreadable_name', { object })));
  const asked = await withConnection(target, async (client) => ({
    unreadable: await findUnreadable(client),
    leftOut: await findLeftOut(client),
    code: await codeWarningsOf(client),
  })).catch(() => undefined);
  if (asked === undefined) return [];
  const rights = [
    ...asked.unreadable.map(({ object, remedy }) => problem('backup.missing_right', { object, remedy })),
    ...asked.leftOut.map((object) => warning('backup.left_out', { object })),
  ].map((finding) => found(check, finding));
  const code = asked.code.map((finding) => found('code in the data', finding));
  return [...(rights.length > 0 ? rights : [ok(check, 'the role may read all of the target')]), ...code];
}

/** One holds the snapshot, one reads sequences and counts, one dumps the schema, and one large objects. */
const BESIDE_DUMPING = 4;

/** Whether the limits of the role and of the target leave room for the connections of a backup and of a restore. */
export async function checkConnections(target: DatabaseAddress, jobs: number): Promise<Diagnosis[]> {
  const check = 'connections';
  const asked = await withConnection(target, async (client) => ({
    limit: await connectionLimit(client),
    warnings: await connectionWarnings(client, jobs, target.database),
  })).catch(() => undefined);
  if (asked === undefined) return [];
  const { limit, warnings } = asked;
  const needed = jobs + BESIDE_DUMPING;
  const isTooFew = limit !== undefined && limit < needed;
  const problems = isTooFew ? [problem('connections.too_few_for_backup', { limit, jobs, needed })] : [];
  return [...problems, ...warnings].map((finding) => found(check, finding));
}

/** Whether the readers of kept rehearsals would be let in, by the rights that there are in the target now. */
export async function checkReaders(target: DatabaseAddress, readers: readonly string[]): Promise<Diagnosis[]> {
  const check = 'readers of rehearsals';
  if (readers.length === 0) return [];
  const findings = await withConnection(target, (client) => readerFindings(client, readers)).catch(() => undefined);
  if (findings === undefined) return [];
  const inWords = findings.map((finding) => found(check, { ...finding, severity: 'problem' }));
  return inWords.length > 0 ? inWords : [ok(check, `${readers.join(', ')} may read what a rehearsal keeps`)];
}
