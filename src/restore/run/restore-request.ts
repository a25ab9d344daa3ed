import type { BackupEntity } from '../../backups/catalogue/backup.entity';
import { WHOLE } from '../../backups/catalogue/scope';
import { present } from '../../engine/optional/present';
import type { AppConfig } from '../../kernel/config/config';
import { whyNotNamed } from '../record/new-database-name';
import { AppError } from '../../kernel/errors/app-error';

/** What a caller says about a real restore. */
export interface RestoreRequest {
  confirm?: string | undefined;
  scope?: readonly string[] | undefined;
  /** Names and patterns of single tables. */
  tables?: readonly string[] | undefined;
  /** Why no backup of what is replaced is to be made first. */
  skip_safety_backup_reason?: string | undefined;
  /** What the database refuses is left out and named. */
  allow_incomplete?: boolean | undefined;
  /** The backup is loaded before the target is closed. */
  online?: boolean | undefined;
  /** A new database, in place of the target. */
  into?: string | undefined;
}

const WOULD_BE_LOST = 'would be lost: BERKUT_BACKUP_KEEP_PREVIOUS_HOURS is 0, so no old database is kept.';

/** A restore of everything says so, or says nothing at all, as the web UI does: a reason alone could have lost its scope. */
export function isWholeMeant(request: RestoreRequest): boolean {
  if (request.scope !== undefined || request.confirm !== undefined || request.online === true) return true;
  if (request.into !== undefined || request.tables !== undefined) return true;
  return Object.values(request).every((value) => value === undefined);
}

/**
 * Refuses what does not go together with single tables.
 *
 * @throws AppError `backups.invalid_request`
 */
export function refuseBesideTables({ scope, online, into }: RestoreRequest): void {
  const others = Object.entries({ scope, online: online === true ? online : undefined, into });
  const fields = others.flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (fields.length === 0) return;
  const hint = 'Single tables are restored without "scope", "online" and "into".';
  throw new AppError('backups.invalid_request', { details: { fields: ['tables', ...fields], hint } });
}

/**
 * What of the backup is restored: all of a whole one, or some scopes, which must be in it.
 *
 * @throws AppError `backups.invalid_request`
 */
export function scopeFor(backup: BackupEntity, requested: readonly string[]): string[] | null {
  const isWhole = (scope: readonly string[]): boolean => scope.every((name) => name === WHOLE);
  if (isWhole(requested)) return isWhole(backup.scope) ? null : backup.scope;
  const missing = isWhole(backup.scope) ? [] : requested.filter((name) => !backup.scope.includes(name));
  if (missing.length === 0) return [...requested];
  throw new AppError('backups.invalid_request', { details: { field: 'scope', not_in_backup: missing } });
}

/**
 * Refuses what cannot be online, or would lose what is written meanwhile.
 *
 * @throws AppError `backups.invalid_request`
 */
export function refuseOnline(scope: readonly string[] | null, { restore }: AppConfig): void {
  const refuse = (hint: string): never => {
    throw new AppError('backups.invalid_request', { details: { field: 'online', hint } });
  };
  if (scope !== null) refuse('Only a restore of the whole database can load its backup while the target is open.');
  if (restore.keepPreviousHours === 0) refuse(`What is written while the backup is loaded ${WOULD_BE_LOST}`);
}

/**
 * Refuses to promote the database of a rehearsal, and to keep one for that, where it would lose what was written since the backup.
 *
 * @param field of the request that asks for it, if any
 * @throws AppError `backups.invalid_request`
 */
export function refusePromoting({ restore }: AppConfig, field?: string): void {
  if (restore.keepPreviousHours > 0) return;
  const hint = `What was written to the target since the backup ${WOULD_BE_LOST}`;
  throw new AppError('backups.invalid_request', { details: { ...present({ field }), hint } });
}

/**
 * Refuses a new database that cannot have this name, or cannot be made of what is asked for.
 *
 * @throws AppError `backups.invalid_request`
 */
export function refuseName(
  into: string,
  { scope, isOnline }: { readonly scope: readonly string[] | null; readonly isOnline: boolean },
  config: AppConfig,
): void {
  const only =
    'Only the whole database can be restored into a new one; it needs no "online", because the target stays open.';
  const hint = whyNotNamed(into, config) ?? (scope === null && !isOnline ? undefined : only);
  if (hint !== undefined) throw new AppError('backups.invalid_request', { details: { field: 'into', hint } });
}
