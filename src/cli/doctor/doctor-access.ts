import { type DatabaseAddress, withDatabase } from '../../engine/address/database-address';
import { passwordFileProblem } from '../../engine/address/password-file';
import { withConnection } from '../../engine/postgres/server/connection';
import { ConnectionError } from '../../engine/postgres/server/connection-error';
import type { Diagnosis } from './diagnosis';

/** What libpq says of them in a warning that is not shown: no password comes from such a file. */
const PASSWORD_FILES = {
  'no file': 'is not a plain file',
  'open to others': 'can be read by others',
  missing: 'is not there',
} as const;

/** A password file that is named, or lies where it is looked for, and is not used. */
export function checkPasswordFile(check: string, { password, passwordFile }: DatabaseAddress): Diagnosis[] {
  if (password !== undefined || passwordFile === undefined) return [];
  const problem = passwordFileProblem(passwordFile);
  if (problem === 'missing') return [];
  if (problem === undefined) {
    return [{ check, state: 'warning', message: `no line of the password file ${passwordFile} is for this database` }];
  }
  return [
    {
      check,
      state: 'warning',
      message: `the password file ${passwordFile} ${PASSWORD_FILES[problem]} and is ignored, as by psql`,
      advice: `chmod 600 ${passwordFile}`,
    },
  ];
}

/**
 * Whether the server would let us into a database that a restore makes: rules of `pg_hba.conf` may name databases. Rules
 * come before the database is looked for, so one that is not there tells.
 */
export async function checkNewDatabases(target: DatabaseAddress): Promise<Diagnosis[]> {
  const name = `${target.database}_restore_0`.slice(-63);
  try {
    await withConnection(withDatabase(target, name), () => Promise.resolve());
  } catch (error) {
    if (codeOf(error) !== '28000') return [];
    return [
      {
        check: 'new databases',
        state: 'problem',
        message:
          'the server lets the service into the target, but not into databases that a restore or a rehearsal makes',
        advice: `pg_hba.conf needs a line for the role with the database all, or /^${target.database}_ from version 16 on`,
      },
    ];
  }
  return [];
}

/** @param variable the one that has the address */
export function unreachable(check: string, error: unknown, variable: string): Diagnosis {
  if (codeOf(error) === '55000' && variable === 'BERKUT_DB_URL') return CLOSED(check);
  return {
    check,
    state: 'problem',
    message: error instanceof ConnectionError ? error.message : `cannot be used (${codeOf(error) ?? 'no answer'})`,
    advice: `see that psql reaches the address of ${variable} from this machine`,
  };
}

/** What a database says that is not to be connected to. */
const CLOSED = (check: string): Diagnosis => ({
  check,
  state: 'problem',
  message: 'a restore has closed the target (55000); see GET /api/backups/restores for its run',
  advice: 'run doctor again when that has ended; when no run goes on, ALTER DATABASE … ALLOW_CONNECTIONS true opens it',
});

/** SQLSTATE, or the system's name of the error. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
