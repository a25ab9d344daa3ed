import { scopeOf, SINGLE_TABLES } from '../../backups/catalogue/scope';
import type { Archive } from '../../engine/postgres/archive/archive';
import { keyOf, type RelationName } from '../../engine/postgres/server/relation-name';
import type { AppConfig } from '../../kernel/config/config';
import type { RestoreRunEntity } from './restore-run.entity';

/**
 * The tables whose rows a run replaces; `undefined`: the whole database.
 *
 * @throws AppError `backups.invalid_request` for a scope that the configuration does not have any more
 */
export async function tablesOfRun(
  { scope, tables }: Pick<RestoreRunEntity, 'scope' | 'tables'>,
  archive: Archive,
  scopes: AppConfig['scopes'],
): Promise<readonly RelationName[] | undefined> {
  if (tables !== null) return tables;
  if (scope === null) return undefined;
  return scope.includes(SINGLE_TABLES) ? tablesOfBackup(archive) : scopeOf(scope, scopes).tables;
}

/** The tables that a backup has rows of, partitioned ones as a whole. */
async function tablesOfBackup(archive: Archive): Promise<RelationName[]> {
  const { rootOf } = await archive.contents();
  const roots = (await archive.dataTables()).map((table) => rootOf(table));
  return [...new Map(roots.map(({ schema, name }) => [keyOf({ schema, name }), { schema, name }])).values()];
}
