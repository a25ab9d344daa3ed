import type { DatabaseAddress } from '../../engine/address/database-address';
import { sentenceOf } from '../../engine/findings/finding';
import { codeWarningsOf } from '../../engine/postgres/check/code-warnings';
import { connectionLimit } from '../../engine/postgres/check/connection-limit';
import { connectionWarnings } from '../../engine/postgres/check/new-database-access';
import { withConnection } from '../../engine/postgres/server/connection';
import { findLeftOut, findUnreadable } from '../../engine/postgres/dump/dump-rights';
import { findUnreadableNames } from '../../engine/postgres/dump/unreadable-names';
import type { Diagnosis } from './diagnosis';

/** Whether a backup of the target is possible and would hold all of it. A target that accepts no connections is not asked. */
export async function checkReadable(target: DatabaseAddress): Promise<Diagnosis[]> {
  const check = 'backup rights';
  const names = await withConnection(target, findUnreadableNames).catch(() => undefined);
  // Where one cannot be read, the other questions have no answer.
  if (names !== undefined && names.length > 0)
    return names.map((name) => ({
      check,
      state: 'problem',
      message: `no backup can be made: the name of ${name} cannot be decoded`,
      advice: 'rename it',
    }));
  const found = await withConnection(target, async (client) => ({
    unreadable: await findUnreadable(client),
    leftOut: await findLeftOut(client),
    code: await codeWarningsOf(client),
  })).catch(() => undefined);
  if (found === undefined) return [];
  const problems = found.unreadable.map(({ object, remedy }): Diagnosis => ({
    check,
    state: 'problem',
    message: `no backup can be made: the role may not read ${object}`,
    advice: remedy,
  }));
  const warnings = found.leftOut.map((text): Diagnosis => ({
    check,
    state: 'warning',
    message: `not in backups: ${text}`,
    advice: 'note it in your recovery plan, and make it by hand after a restore into another server',
  }));
  const code = found.code.map((finding): Diagnosis => ({
    check: 'code in the data',
    state: 'warning',
    message: sentenceOf(finding),
    advice:
      'let restores and rehearsals run with the small role of docs/install.md; docs/security.md says what such code can do',
  }));
  if (problems.length + warnings.length > 0) return [...problems, ...warnings, ...code];
  return [{ check, state: 'ok', message: 'the role may read all of the target' }, ...code];
}

/** One holds the snapshot, one counts rows, one dumps the schema. */
const BESIDE_DUMPING = 3;

/** Whether the limits of the role and of the target leave room for the connections of a backup and of a restore. */
export async function checkConnections(target: DatabaseAddress, jobs: number): Promise<Diagnosis[]> {
  const check = 'connections';
  const found = await withConnection(target, async (client) => ({
    limit: await connectionLimit(client),
    warnings: await connectionWarnings(client, jobs, target.database),
  })).catch(() => undefined);
  if (found === undefined) return [];
  const advice = 'ALTER ROLE … CONNECTION LIMIT, ALTER DATABASE … CONNECTION LIMIT, or a smaller BERKUT_BACKUP_JOBS';
  const { limit, warnings } = found;
  const needed = jobs + BESIDE_DUMPING;
  if (limit !== undefined && limit < needed) {
    const message = `the role may have ${limit} connections to the target at once (CONNECTION LIMIT), and a backup with ${jobs} jobs takes up to ${needed}`;
    return [{ check, state: 'problem', message, advice }];
  }
  return warnings.map((finding): Diagnosis => ({ check, state: 'warning', message: sentenceOf(finding), advice }));
}
