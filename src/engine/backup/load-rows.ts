import { hashRoots } from '../postgres/load/hash-roots';
import { LentToOwners } from '../postgres/load/lent-to-owners';
import { type OwnerOf, tableOwners } from '../postgres/load/table-owners';
import { setSequences } from '../postgres/rows/set-sequences';
import { cancellable, connect, withConnection } from '../postgres/server/connection';
import type { RelationName } from '../postgres/server/relation-name';
import type { LoadOrder } from './load-order';
import { dropRole, giveUpRole, makeRole, NO_PATH, type RoleAccess } from './load-role-session';
import { RowSessions } from './row-sessions';

/** What loading rows takes. */
export interface RowLoad {
  readonly sessions: RowSessions;
  /** Finds where the rows of a table go. */
  readonly into: (table: RelationName) => RelationName;
}

/**
 * Loads the rows of a backup, and gives sequences their values. The definitions are there, and no rights. What is needed to load rows
 * under the owners of their tables is made before, and gone afterwards.
 *
 * @param areTablesRead code that runs on loading looks at other tables
 * @param load loads the rows
 * @throws what `load` throws, the driver's error, or the signal's reason
 */
export async function loadRows<T>(
  order: LoadOrder,
  areTablesRead: boolean,
  load: (how: RowLoad) => Promise<T>,
): Promise<T> {
  const { address, archive, loadRole, signal } = order;
  const lent = new LentToOwners();
  const { into, ownerOf, access } = await prepare(order, lent, areTablesRead);
  const giveUp = async (): Promise<void> => {
    if (access !== undefined && loadRole !== undefined) await giveUpRole(address, loadRole);
  };
  let loaded: T;
  try {
    loaded = await load({ into, sessions: new RowSessions(order, ownerOf, access) });
  } catch (error) {
    await giveUp();
    throw error;
  }
  await withConnection(
    address,
    async (client) => {
      await client.query(NO_PATH);
      if (access !== undefined && loadRole !== undefined) await dropRole(client, loadRole);
      await lent.takeBack(client);
      await setSequences(client, archive.reader.index);
    },
    signal,
  );
  return loaded;
}

interface Prepared extends Pick<RowLoad, 'into'> {
  readonly ownerOf: OwnerOf;
  readonly access: RoleAccess | undefined;
}

/** In one session, with the settings under which rows are loaded. */
async function prepare(order: LoadOrder, lent: LentToOwners, areTablesRead: boolean): Promise<Prepared> {
  const { address, settings = {}, signal } = order;
  const client = await connect(address, { settings });
  try {
    return await cancellable(
      client.ownAddress,
      client,
      async () => {
        await client.query(NO_PATH);
        const into = await hashRoots(client);
        await lent.lend(client, areTablesRead);
        const ownerOf = await tableOwners(client);
        return { into, ownerOf, access: await makeRole(client, order, areTablesRead) };
      },
      signal,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}
