import { CopySession } from '../postgres/copy/copy-session';
import type { OwnerOf } from '../postgres/load/table-owners';
import { ROW_SETTINGS } from '../postgres/rows/load-stream';
import { roleOf, takeRole } from '../postgres/rows/row-role';
import type { RelationName } from '../postgres/server/relation-name';
import type { LoadOrder } from './load-order';
import type { RoleAccess } from './load-role-session';
import { whileFull } from './while-full';

/** A session that loads rows. */
export interface RowSession {
  readonly session: CopySession;
  /** Takes the role under which rows are loaded into a relation. */
  readonly takeRoleFor: (into: RelationName) => Promise<void>;
}

/**
 * The sessions that load rows: each table's under its owner, so that code that runs on loading has no more rights than the owner has,
 * and by a role that has none of its own, because such code can give up the role that was taken. Where that cannot be, by the role of
 * the order.
 */
export class RowSessions {
  /**
   * @param ownerOf by default no table's owner is taken
   * @param access as whom; by default as the order says
   */
  constructor(
    private readonly order: LoadOrder,
    private readonly ownerOf: OwnerOf = () => undefined,
    private readonly access?: RoleAccess,
  ) {}

  /**
   * Opens a session, does `work` with it, and closes it whatever happens. Where the server has no room for a role that is no superuser,
   * it waits for a while: a full server must not make a superuser load the rows.
   *
   * @throws ConnectionError, the driver's error, what `work` throws, or the signal's reason
   */
  async use(work: (session: RowSession) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { address, settings } = this.access ?? this.order;
    const begin = async (session: CopySession): Promise<void> => {
      const { client } = session;
      await client.query(ROW_SETTINGS);
      const own = await roleOf(client);
      await work({ session, takeRoleFor: (into) => takeRole(client, this.ownerFor(into), own) });
    };
    const open = (): Promise<void> => CopySession.use(address, begin, signal, settings);
    await (this.access === undefined ? open() : whileFull(open, signal));
  }

  private ownerFor(into: RelationName): string | undefined {
    const owner = this.ownerOf(into);
    return owner !== undefined && this.access?.owners.has(owner) === false ? undefined : owner;
  }
}
