import { textIn, textsIn } from '../../api/narrow';
import type { Backup } from '../../api/types';

/** A backup that will not change any more: it was made, failed, or was canceled. */
export function isOver({ status }: Pick<Backup, 'status'>): boolean {
  return status !== 'queued' && status !== 'running';
}

/** The state of a backup in one word, which has a text and a colour. */
export type BackupState = 'queued' | 'running' | 'failed' | 'canceled' | 'unusable' | 'proven' | 'good';

/**
 * The state of a backup. A backup that was made and has an error since (file gone, damaged, key unknown) is `unusable`:
 * its status alone would call it a success.
 */
export function stateOf({ status, error_code: problem, verified_at: provenAt }: Backup): BackupState {
  if (status !== 'success') return status;
  if (problem !== undefined) return 'unusable';
  return provenAt === undefined ? 'good' : 'proven';
}

/** The name that people gave a backup. */
export function labelOf({ meta_json: meta }: Pick<Backup, 'meta_json'>): string | undefined {
  return textIn(meta, 'backup_label');
}

/** The key that opens a backup. */
export function keyOf({ meta_json: meta }: Pick<Backup, 'meta_json'>): string | undefined {
  return textIn(meta, 'key_id');
}

const WHOLE = 'ALL';

/** The scopes of a backup; none for the whole database. */
export function scopesOf({ meta_json: meta }: Pick<Backup, 'meta_json'>): readonly string[] {
  return textsIn(meta, 'backup_scope').filter((name) => name !== WHOLE);
}

/** Whether application files are in a backup. */
export function hasFiles({ meta_json: meta }: Pick<Backup, 'meta_json'>): boolean {
  return meta['includes_files'] === true;
}

/** What a backup says is missing from it or worth knowing, in words of the service. */
export function warningsOf({ meta_json: meta }: Pick<Backup, 'meta_json'>): readonly string[] {
  return textsIn(meta, 'warnings');
}

/** The version of the service that made a backup. */
export function makerOf({ meta_json: meta }: Pick<Backup, 'meta_json'>): string | undefined {
  return textIn(meta, 'app_version');
}
