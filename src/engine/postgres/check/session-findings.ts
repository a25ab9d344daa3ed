import type pg from 'pg';
import { type Finding, problem, warning } from '../../findings/finding';
import { sessionsIn } from '../database/other-sessions';

/**
 * Finds sessions of the target that the role may not end, and whether there could be some: it needs no right to end those of roles
 * of which it is a member.
 *
 * @param isInPlace a restore in place can do with sessions of superusers, which wait for it
 */
export async function sessionFindings(admin: pg.Client, target: string, isInPlace: boolean): Promise<Finding[]> {
  const others = (await sessionsIn(admin, target)).filter((session) => !session.may_end);
  const ofUsers = others.filter((session) => !session.is_superuser);
  if (ofUsers.length > 0) return [problem('target.foreign_sessions', { applications: applicationsOf(ofUsers) })];
  const { rows } = await admin.query<{ may: boolean }>(
    `SELECT r.rolsuper OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AS may FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`,
  );
  return [
    ...(rows[0]?.may === true ? [] : [warning('target.sessions_may_stay')]),
    ...(others.length === 0
      ? []
      : [
          warning(isInPlace ? 'target.superusers_stay' : 'target.superusers_connected', {
            applications: applicationsOf(others),
          }),
        ]),
  ];
}

function applicationsOf(sessions: readonly { application: string }[]): string[] {
  return [...new Set(sessions.map(({ application }) => application || 'without a name'))].sort();
}
