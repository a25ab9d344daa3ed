import type { DatabaseAddress } from '../../engine/address/database-address';
import { codeWarningsOf } from '../../engine/postgres/check/code-warnings';
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
  const code = found.code.map((message): Diagnosis => ({
    check: 'code in the data',
    state: 'warning',
    message,
    advice:
      'let restores and rehearsals run with the small role of docs/install.md; docs/security.md says what such code can do',
  }));
  if (problems.length + warnings.length > 0) return [...problems, ...warnings, ...code];
  return [{ check, state: 'ok', message: 'the role may read all of the target' }, ...code];
}
