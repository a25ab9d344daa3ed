import { type ArchiveEntry, type ArchiveSource, listEntries, sqlOfEntries } from './archive-list';
import { IDENTIFIER, IDENTIFIERS, namesIn } from './role-list';
import type { PostgresTools } from './tools';

/** Whom a policy or a user mapping is for; `--no-owner` and `--no-privileges` of pg_restore leave both in. */
const FOR_ROLES = [
  new RegExp(
    `^CREATE POLICY ${IDENTIFIER} ON ${IDENTIFIER}\\.${IDENTIFIER}(?: AS RESTRICTIVE)?(?: FOR \\w+)? TO (${IDENTIFIERS})(?: |;)`,
  ),
  new RegExp(`^CREATE USER MAPPING FOR (${IDENTIFIER}) SERVER `),
];

/**
 * What of an archive can be loaded where some roles are missing and cannot be made: everything but the policies and user
 * mappings for them.
 *
 * @param missing names of the roles
 * @returns the entries to load, `undefined` for all of them, and what is left out, in words
 * @throws ToolError, the signal's reason, or what the archive's source throws
 */
export async function entriesWithoutRoles(
  tools: PostgresTools,
  archive: ArchiveSource,
  missing: readonly string[],
  signal: AbortSignal,
): Promise<{ entries: readonly ArchiveEntry[] | undefined; leftOut: readonly string[] }> {
  const all = await listEntries(tools, archive, signal);
  const candidates = all.filter(({ type }) => type === 'POLICY' || type === 'USER MAPPING');
  if (candidates.length === 0) return { entries: undefined, leftOut: [] };
  const statements = await sqlOfEntries(tools, archive, candidates, signal);
  const isWithout = new Set(
    candidates
      .filter((_, i) => rolesIn(statements[i] ?? '').some((role) => missing.includes(role)))
      .map(({ id }) => id),
  );
  return {
    entries: all.filter(({ id }) => !isWithout.has(id)),
    leftOut: candidates.filter(({ id }) => isWithout.has(id)).map(({ type, rest }) => `${type.toLowerCase()} ${rest}`),
  };
}

function rolesIn(statement: string): string[] {
  return FOR_ROLES.flatMap((pattern) => namesIn(pattern.exec(statement)?.[1] ?? ''));
}
