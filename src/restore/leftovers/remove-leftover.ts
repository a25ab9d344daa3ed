import { exchangeDirectories, isThere, undoExchange } from '../../engine/files/exchange-directories';
import { removeTree } from '../../engine/files/remove-tree';
import type { DatabaseAddress } from '../../engine/address/database-address';
import { withConnection } from '../../engine/postgres/server/connection';
import { serverErrorOf } from '../../engine/postgres/server/connection-error';
import { dropDatabase } from '../../engine/postgres/database/drop-database';
import { dropRoles } from '../../engine/postgres/load/placeholder-roles';
import { withdrawReaders } from '../../engine/postgres/load/scratch-readers';
import { databaseOids } from '../../engine/postgres/database/staging';
import { causeInWords, causeOf } from '../../kernel/errors/cause';
import type { LeftoverItem } from './leftover';

/** Something that only people can take away; the message says what and is safe to show. */
export class StaysError extends Error {
  override readonly name = 'StaysError';
}

/** `object_in_use`. */
const IN_USE = '55006';

/**
 * Removes one thing; no error when it is not there any more.
 *
 * @param maintenance address of the target's server, by its maintenance database
 * @throws whatever keeps it from being removed; {@link reasonWhy} puts it into words
 */
export async function removeLeftover(
  item: LeftoverItem,
  maintenance: DatabaseAddress,
  signal: AbortSignal,
): Promise<void> {
  switch (item.kind) {
    case 'staging_database':
    case 'scratch_database':
      return withConnection(maintenance, (admin) => dropDatabase(maintenance, admin, item.database, item.oid), signal);
    case 'kept_database':
      return withConnection(
        maintenance,
        async (admin) => {
          if (!(await databaseOids(admin, [item.target])).has(item.target)) {
            throw new StaysError('the target database does not exist: this is the only copy of it');
          }
          await dropDatabase(maintenance, admin, item.database, item.oid);
        },
        signal,
      );
    case 'readers':
      if (await withdrawReaders(maintenance, item, item)) return;
      throw new StaysError(
        'something that a reader has made in another database depends on the role, which gives no right any more',
      );
    case 'roles':
      return withConnection(maintenance, (admin) => dropRoles(admin, item.roles, item.owner), signal);
    case 'directory':
      return removeTree(item.path);
    case 'files':
      return finishFiles(item);
  }
}

/** What was in the way, in words that are safe to show: names of objects and programs, no paths, addresses or values. */
export async function reasonWhy(error: unknown, item: LeftoverItem, maintenance: DatabaseAddress): Promise<string> {
  if (error instanceof StaysError) return error.message;
  const cause = causeOf(error);
  const said = cause === undefined ? 'something unexpected; the log says what' : causeInWords(cause);
  const server = serverErrorOf(error);
  if (!('database' in item) || server === undefined) return said;
  // What uses it is said by the server in words without values: sessions, slots, prepared transactions.
  const detail = server.code === IN_USE && server.detail !== undefined ? [server.detail] : [];
  const sessions = await sessionsIn(item.database, maintenance).catch(() => []);
  return [said, ...detail, ...sessions].join('; ');
}

async function sessionsIn(database: string, maintenance: DatabaseAddress): Promise<string[]> {
  const { rows } = await withConnection(maintenance, (admin) =>
    admin.query<{ name: string }>(
      `SELECT DISTINCT coalesce(nullif(application_name, ''), 'without a name') AS name FROM pg_catalog.pg_stat_activity
        WHERE datname = $1 AND usesysid IS NOT NULL ORDER BY 1 LIMIT 5`,
      [database],
    ),
  );
  return rows.length === 0 ? [] : [`sessions in it are of the applications ${rows.map(({ name }) => name).join(', ')}`];
}

/**
 * Exchanges, or puts back, directories after the target has been given back. The application may have written into the
 * directory that goes: it is never removed with what is in it.
 */
async function finishFiles({ names, state }: Extract<LeftoverItem, { kind: 'files' }>): Promise<void> {
  if (state === 'new') return exchangeDirectories(names);
  await undoExchange(names, { keepIncoming: true });
  if (await isThere(names.incoming)) {
    throw new StaysError(
      'the old files are back; the directory beside them holds those of the backup and what was written meanwhile: look at it, then remove it',
    );
  }
}
