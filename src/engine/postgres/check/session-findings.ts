import type pg from 'pg';
import { sessionsIn } from '../database/other-sessions';

/**
 * Finds sessions of the target that the role may not end, and whether there could be some: it needs no right to end those of roles
 * of which it is a member.
 *
 * @param isInPlace a restore in place can do with sessions of superusers, which wait for it
 */
export async function sessionFindings(
  admin: pg.Client,
  target: string,
  isInPlace: boolean,
): Promise<{ problems: string[]; warnings: string[] }> {
  const others = (await sessionsIn(admin, target)).filter((session) => !session.may_end);
  const ofUsers = others.filter((session) => !session.is_superuser);
  if (ofUsers.length > 0) {
    const problem = `the role may not end sessions that are connected to the target (pg_signal_backend): ${applicationsOf(ofUsers)}`;
    return { problems: [problem], warnings: [] };
  }
  const { rows } = await admin.query<{ may: boolean }>(
    `SELECT r.rolsuper OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AS may FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`,
  );
  return {
    problems: [],
    warnings: [
      ...(rows[0]?.may === true
        ? []
        : [
            'the role may only end sessions of roles of which it is a member (pg_signal_backend): another one that is connected by then stops a restore',
          ]),
      ...(others.length === 0
        ? []
        : [
            `superusers are connected to the target, and this role may not end their sessions: ${applicationsOf(others)}` +
              (isInPlace ? '; a restore in place leaves them' : '; end them before a restore'),
          ]),
    ],
  };
}

function applicationsOf(sessions: readonly { application: string }[]): string {
  return [...new Set(sessions.map(({ application }) => application || 'without a name'))].sort().join(', ');
}
