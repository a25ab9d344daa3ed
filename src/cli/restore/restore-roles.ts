import { randomBytes } from 'node:crypto';
import type { LoadRoleOrder } from '../../engine/backup/load-order';
import type { DatabaseAddress } from '../../engine/address/database-address';
import { withConnection } from '../../engine/postgres/server/connection';
import { createRoles, dropRoles, releaseRoles } from '../../engine/postgres/load/placeholder-roles';
import type { Archive } from '../../engine/postgres/archive/archive';
import { rolesNeeded } from '../../engine/postgres/archive/schema-facts';
import type { Output } from '../terminal/output';

/** Whose the placeholders of missing roles are. */
const OWNER = 'bscc';

/** The roles that a backup mentions. */
interface BackupRoles {
  readonly all: readonly string[];
  /** Those that own what only superusers may own. */
  readonly superusers: ReadonlySet<string>;
}

/** Reads which roles a backup mentions. */
export async function rolesOf(archive: Archive): Promise<BackupRoles> {
  const { facts } = await archive.contents();
  return { all: rolesNeeded(archive.reader.index, facts), superusers: facts.superuserOwners };
}

/** Which of the roles the server does not have, and whether we may make them. */
export async function findMissingRoles(
  address: DatabaseAddress,
  roles: readonly string[],
): Promise<{ missing: readonly string[]; mayMake: boolean }> {
  return withConnection(address, async (client) => {
    const { rows } = await client.query<{ missing: string[]; may_make: boolean }>(
      `SELECT coalesce((SELECT array_agg(r ORDER BY r) FROM unnest($1::text[]) r
                         WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r)), '{}') AS missing,
              (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS may_make`,
      [roles],
    );
    return { missing: rows[0]?.missing ?? [], mayMake: rows[0]?.may_make === true };
  });
}

/** The role that loads the rows, and is gone when they are in. */
export function loadRoleFor(output: Output): LoadRoleOrder {
  const name = `berkut_load_${randomBytes(8).toString('hex')}`;
  return {
    ...{ name, owner: OWNER },
    onNotUsed: () =>
      output.note(
        'a role that can do nothing else could not be used: code in the data ran with the rights of a superuser',
      ),
    onStays: () => output.note(`this role was made and could not be removed: ${name}`),
  };
}

/**
 * Makes roles for as long as some work takes. Whatever happens, those that were made are gone afterwards; a role left
 * behind would count as there the next time.
 *
 * @throws what `work` throws, or, when it has succeeded, the driver's error
 */
export async function withRoles<T>(
  address: DatabaseAddress,
  { all: roles, superusers }: BackupRoles,
  output: Output,
  work: () => Promise<T>,
): Promise<T> {
  if (roles.length === 0) return work();
  const made: string[] = [];
  const remove = (): Promise<void> =>
    withConnection(address, async (client) => {
      await releaseRoles(client, made);
      await dropRoles(client, made, OWNER);
    });
  let result: T;
  try {
    await withConnection(address, async (client) => {
      for (const role of roles) {
        await createRoles(client, [role], OWNER, superusers);
        made.push(role);
      }
    });
    result = await work();
  } catch (error) {
    await remove().catch(() => output.note(`these roles were made and could not be removed: ${made.join(', ')}`));
    throw error;
  }
  await remove();
  return result;
}
