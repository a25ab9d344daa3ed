import type { ArchiveEntry } from './archive-toc';
import { CAPTURED, IDENTIFIER, IDENTIFIERS, namesIn } from '../server/identifiers';

/** To or from whom, and who grants: what was granted on is before it, and may be named anything. */
const GRANT_END = `(?:TO|FROM) ${CAPTURED}(?: WITH GRANT OPTION)?(?: GRANTED BY ${CAPTURED})?(?: CASCADE)?;$`;
const GRANTS = [
  new RegExp(`^(?:GRANT|REVOKE) .* ${GRANT_END}`, 'gm'),
  // Rights that another role than the owner has granted.
  new RegExp(`^SET SESSION AUTHORIZATION ${CAPTURED};$`, 'gm'),
];
const DEFAULT_GRANTER = new RegExp(`^ALTER DEFAULT PRIVILEGES FOR ROLE ${CAPTURED} `, 'gm');
const DEFAULT_GRANTS = [
  new RegExp(`^ALTER DEFAULT PRIVILEGES FOR ROLE ${CAPTURED} .*?(?:GRANT|REVOKE) .* ${GRANT_END}`, 'gm'),
];

/** Where a definition of some kind names roles. */
const PATTERNS: Readonly<Record<string, readonly RegExp[]>> = {
  ACL: GRANTS,
  'DEFAULT ACL': DEFAULT_GRANTS,
  POLICY: [
    new RegExp(
      `^CREATE POLICY ${IDENTIFIER} ON ${IDENTIFIER}\\.${IDENTIFIER}(?: AS RESTRICTIVE)?(?: FOR \\w+)? TO (${IDENTIFIERS})(?: |;)`,
      'gm',
    ),
  ],
  'USER MAPPING': [new RegExp(`^CREATE USER MAPPING FOR ${CAPTURED} SERVER `, 'gm')],
};
const NO_ROLES: ReadonlySet<string> = new Set(['public', 'current_user', 'session_user', 'current_role']);

/** The roles that an entry of an archive cannot be made without, besides those that every server has. */
export function mentionedRoles({ type, sql, owner, isGivenToOwner }: ArchiveEntry): string[] {
  const names = (PATTERNS[type] ?? []).flatMap((pattern) =>
    [...sql.matchAll(pattern)].flatMap((groups) =>
      groups.slice(1).flatMap((list: string | undefined) => namesIn(list ?? '')),
    ),
  );
  const all = new Set(isGivenToOwner ? [owner, ...names] : names);
  return [...all].filter((role) => !NO_ROLES.has(role.toLowerCase()) && !role.startsWith('pg_'));
}

/** The roles whose default privileges an entry sets. */
export function defaultGranters({ sql }: ArchiveEntry): string[] {
  return [...sql.matchAll(DEFAULT_GRANTER)].flatMap(([, name = '']) => namesIn(name));
}
