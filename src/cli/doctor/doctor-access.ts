import type { DatabaseAddress } from '../../engine/address/database-address';
import { passwordFileProblem } from '../../engine/address/password-file';
import { type Finding, problem, warning } from '../../engine/findings/finding';
import { newDatabaseProblems } from '../../engine/postgres/check/new-database-access';
import { ConnectionError } from '../../engine/postgres/server/connection-error';
import { type Diagnosis, found } from './diagnosis';

/** A password file that is named, or lies where it is looked for, and is not used. */
export function checkPasswordFile(check: string, { password, passwordFile }: DatabaseAddress): Diagnosis[] {
  if (password !== undefined || passwordFile === undefined) return [];
  return ignoredFile(passwordFile).map((finding) => found(check, finding));
}

/** What libpq says of such a file in a warning that is not shown: no password comes from it. */
function ignoredFile(file: string): Finding[] {
  switch (passwordFileProblem(file)) {
    case 'missing':
      return [];
    case 'no file':
      return [warning('password_file.not_plain', { file })];
    case 'open to others':
      return [warning('password_file.open_to_others', { file })];
    case undefined:
      return [warning('password_file.no_line', { file })];
  }
}

/** Whether the server would let us into a database that a restore makes. */
export async function checkNewDatabases(target: DatabaseAddress): Promise<Diagnosis[]> {
  const problems = await newDatabaseProblems(target, `${target.database}_restore_0`.slice(-63));
  return problems.map((finding) => found('new databases', finding));
}

/** @param variable the one that has the address */
export function unreachable(check: string, error: unknown, variable: string): Diagnosis {
  // What a database says that is not to be connected to.
  if (codeOf(error) === '55000' && variable === 'BERKUT_DB_URL') {
    return found(check, problem('target.closed_by_restore'));
  }
  const reason = error instanceof ConnectionError ? error.message : `cannot be used (${codeOf(error) ?? 'no answer'})`;
  return found(check, problem('database.unreachable', { reason, variable }));
}

/** SQLSTATE, or the system's name of the error. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
