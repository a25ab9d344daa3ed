import type pg from 'pg';
import { RestoreError } from '../server/restore-error';

/** A session of another client. */
export interface OtherSession {
  readonly pid: number;
  /** What it calls itself; all that is ever said of it. */
  readonly application: string;
  /** The server lets the connected role end it. */
  readonly may_end: boolean;
  readonly is_superuser: boolean;
}

// As pg_terminate_backend decides: a superuser may end all, a member of the session's role may, and a member of pg_signal_backend
// may end all but superusers'. Autovacuum has no user, and gives way by itself.
const SESSIONS = `
  SELECT a.pid, coalesce(a.application_name, '') AS application, coalesce(s.rolsuper, true) AS is_superuser,
         me.rolsuper OR pg_catalog.pg_has_role(a.usesysid, 'USAGE')
           OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AND NOT coalesce(s.rolsuper, true) AS may_end
    FROM pg_catalog.pg_stat_activity a LEFT JOIN pg_catalog.pg_roles s ON s.oid = a.usesysid, pg_catalog.pg_roles me
   WHERE me.rolname = current_user AND a.usesysid IS NOT NULL AND a.pid <> pg_catalog.pg_backend_pid()`;

/** Sessions in a database, but for our own with this server process. */
export async function sessionsIn(admin: pg.Client, database: string, ownPid?: number): Promise<OtherSession[]> {
  const { rows } = await admin.query<OtherSession>(`${SESSIONS} AND a.datname = $1 AND a.pid <> coalesce($2, 0)`, [
    database,
    ownPid ?? null,
  ]);
  return rows;
}

/** Sessions that hold what the server process of ours waits for. */
export async function sessionsBefore(admin: pg.Client, ownPid: number): Promise<OtherSession[]> {
  const { rows } = await admin.query<OtherSession>(`${SESSIONS} AND a.pid = ANY (pg_catalog.pg_blocking_pids($1))`, [
    ownPid,
  ]);
  return rows;
}

/**
 * Tells those of the sessions to end that the role may end.
 *
 * @returns the others
 */
export async function endThose(admin: pg.Client, sessions: readonly OtherSession[]): Promise<OtherSession[]> {
  for (const { pid } of sessions.filter((session) => session.may_end)) {
    // One that is gone meanwhile is no error; one whose role has become a superuser's is.
    await admin.query('SELECT pg_catalog.pg_terminate_backend($1)', [pid]).catch((cause: unknown) => {
      throw new RestoreError('maintenance_failed', 'The sessions of the target cannot be ended.', {}, { cause });
    });
  }
  return sessions.filter((session) => !session.may_end);
}

/** @param what the session is, or does: the beginning of the sentence */
export function cannotBeEnded(what: string, sessions: readonly OtherSession[]): RestoreError {
  const applications = [...new Set(sessions.map(({ application }) => application || 'without a name'))].sort();
  return new RestoreError(
    'maintenance_failed',
    `${what} cannot be ended by this role: application ${applications.join(', ')}. End it, or give the role the right to.`,
    { applications },
  );
}
