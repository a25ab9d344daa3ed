import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DatabaseAddress } from '../address/database-address';
import type { SessionSettings } from '../address/write-address';
import { createLoadRole, dropLoadRole } from '../postgres/load/load-role';
import { settingsMissing, settingsOfSession } from '../postgres/load/session-settings';
import { takeRole } from '../postgres/rows/row-role';
import { connect } from '../postgres/server/connection';
import type { ServerClient } from '../postgres/server/server-client';
import { isSuperuser } from '../postgres/server/superuser';
import type { LoadOrder, LoadRoleOrder } from './load-order';

const PASSWORD_BYTES = 32;

/** How to get in as the role that loads. */
export interface RoleAccess {
  readonly address: DatabaseAddress;
  readonly settings: SessionSettings;
  /** The owners that it can take. */
  readonly owners: ReadonlySet<string>;
}

/**
 * Makes the role of an order, and tries it. Once it has been let in, rows are loaded by it or not at all: code that runs while they are
 * loaded could keep it from getting in again.
 *
 * @param client a session of the order's own role, with the settings of the order
 * @returns `undefined` when the order has none, or it cannot be made or let in; then there is none
 * @throws the driver's error of the order's own role, or the signal's reason
 */
export async function makeRole(
  client: ServerClient,
  { settings = {}, loadRole, signal }: LoadOrder,
  areTablesRead: boolean,
): Promise<RoleAccess | undefined> {
  if (loadRole === undefined) return undefined;
  const { name, owner } = loadRole;
  const password = randomBytes(PASSWORD_BYTES).toString('hex');
  try {
    const owners = await createLoadRole(client, { name, owner, password, areTablesRead }).catch(unlessLost);
    if (owners !== undefined) {
      const wanted = await settingsOfSession(client, Object.keys(settings));
      const { options: _, passwordFile: __, ...rest } = client.ownAddress;
      const access = await tried({ ...rest, user: name, password }, wanted, new Set(owners)).catch(() => undefined);
      signal.throwIfAborted();
      if (access !== undefined) return access;
      await dropRole(client, loadRole);
    }
    if (await isSuperuser(client)) loadRole.onNotUsed();
    return undefined;
  } catch (error) {
    await dropRole(client, loadRole);
    throw error;
  }
}

/** Drops the role. What keeps it from being dropped is no reason to fail: then it is told of. */
export async function dropRole(client: pg.Client, { name, onStays }: LoadRoleOrder): Promise<void> {
  await dropLoadRole(client, name).catch(onStays);
}

/** A refusal of the server means that the role is not made. */
function unlessLost(error: unknown): undefined {
  if (error instanceof pg.DatabaseError) return undefined;
  throw error;
}

/**
 * @param wanted settings that a session of the order's own role has
 * @param settings those that a session of the role is given
 * @throws whatever keeps the role from loading rows as the order's own role would
 */
async function tried(
  address: DatabaseAddress,
  wanted: SessionSettings,
  owners: ReadonlySet<string>,
  settings: SessionSettings = {},
): Promise<RoleAccess> {
  const client = await connect(address, { settings });
  let missing: SessionSettings;
  try {
    missing = settingsMissing(wanted, await settingsOfSession(client, Object.keys(wanted)));
    if (Object.keys(missing).length === 0) {
      const { rows } = await client.query<{ user: string }>('SELECT session_user::text AS "user"');
      if (rows[0]?.user !== address.user || (await isSuperuser(client))) throw new Error('a session of another role');
      for (const owner of owners) await takeRole(client, owner, 'none');
      return { address, settings, owners };
    }
  } finally {
    await client.end().catch(() => undefined);
  }
  if (Object.keys(settings).length > 0) throw new Error('settings that do not hold');
  return tried(address, wanted, owners, missing);
}
