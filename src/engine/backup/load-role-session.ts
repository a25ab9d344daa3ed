import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DatabaseAddress } from '../address/database-address';
import type { SessionSettings } from '../address/write-address';
import { createLoadRole, dropLoadRole } from '../postgres/load/load-role';
import { settingsMissing, settingsOfSession } from '../postgres/load/session-settings';
import { takeRole } from '../postgres/rows/row-role';
import { connect, withConnection } from '../postgres/server/connection';
import { serverErrorOf } from '../postgres/server/connection-error';
import type { ServerClient } from '../postgres/server/server-client';
import { isSuperuser } from '../postgres/server/superuser';
import type { LoadOrder, LoadRoleOrder } from './load-order';
import { whileFull } from './while-full';

const PASSWORD_BYTES = 32;
/** The path of the database may lead to operators that are not those of PostgreSQL. */
export const NO_PATH = `SET search_path = ''`;

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
  { address, settings = {}, loadRole, signal }: LoadOrder,
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
      const access = await trySoon({ ...rest, user: name, password }, wanted, new Set(owners), signal);
      signal.throwIfAborted();
      if (access !== undefined) return access;
      await dropRole(client, loadRole);
    }
    if (await isSuperuser(client)) loadRole.onNotUsed();
    return undefined;
  } catch (error) {
    // An abort has ended the session of the client.
    await giveUpRole(address, loadRole);
    throw error;
  }
}

/** Drops the role. What keeps it from being dropped is no reason to fail: then it is told of. */
export async function dropRole(client: pg.Client, { name, onStays }: LoadRoleOrder): Promise<void> {
  await dropLoadRole(client, name).catch(onStays);
}

/** Drops the role over a session of its own, also when the load was given up because its session is gone. */
export async function giveUpRole(address: DatabaseAddress, loadRole: LoadRoleOrder): Promise<void> {
  await withConnection(address, async (client) => {
    await client.query(NO_PATH);
    await dropRole(client, loadRole);
  }).catch(loadRole.onStays);
}

/** A refusal of the server means that the role is not made. That two were at it at once, or that it is full, does not. */
function unlessLost(error: unknown): undefined {
  if (error instanceof pg.DatabaseError && !/^(08|40|53|55|57|58|XX)/.test(error.code ?? '')) return undefined;
  throw error;
}

/**
 * @returns `undefined` when the server does not let the role in as it has to be
 * @throws whatever says nothing about that: a full server, or a connection that is lost, must not make a superuser load the rows
 */
async function trySoon(
  address: DatabaseAddress,
  wanted: SessionSettings,
  owners: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<RoleAccess | undefined> {
  return whileFull(
    () =>
      tried(address, wanted, owners).catch((error: unknown) => {
        if (error instanceof UnfitSessionError || /^(28|42|08P01$)/.test(serverErrorOf(error)?.code ?? ''))
          return undefined;
        throw error;
      }),
    signal,
  );
}

/** A session that is not what loads rows. */
class UnfitSessionError extends Error {
  override readonly name = 'UnfitSessionError';
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
      if (rows[0]?.user !== address.user || (await isSuperuser(client)))
        throw new UnfitSessionError('a session of another role');
      for (const owner of owners) await takeRole(client, owner, 'none');
      return { address, settings, owners };
    }
  } finally {
    await client.end().catch(() => undefined);
  }
  if (Object.keys(settings).length > 0) throw new UnfitSessionError('settings that do not hold');
  return tried(address, wanted, owners, missing);
}
