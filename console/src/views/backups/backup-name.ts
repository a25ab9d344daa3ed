import type { Backup } from '../../api/types';
import { texts } from '../../texts/texts';
import { hasFiles, labelOf, scopesOf } from './backup';

/** What a backup is called: its label, or its number. */
export function backupName(backup: Pick<Backup, 'id' | 'meta_json'>): string {
  return labelOf(backup) ?? texts().backups.number(backup.id);
}

/** The name of a scope. An installation may have scopes of its own, whose names are all that is known of them. */
export function scopeName(scope: string): string {
  const names: Readonly<Record<string, string>> = texts().backups.scopeNames;
  return names[scope] ?? scope;
}

/** What is in a backup: everything, or some scopes, with or without files. */
export function contentsText(backup: Backup): string {
  const { backups } = texts();
  const scopes = scopesOf(backup);
  const rows = scopes.length === 0 ? backups.wholeDatabase : backups.scopes(scopes.map(scopeName).join(', '));
  return hasFiles(backup) ? `${rows}, ${backups.withFiles}` : rows;
}
