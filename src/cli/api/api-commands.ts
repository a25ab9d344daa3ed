import { EXIT } from '../terminal/exit-code';
import type { Output } from '../terminal/output';
import { alignedTable, bytesInWords } from '../terminal/table';
import type { ApiClient } from './api-client';
import {
  BACKUP_ITEM,
  BACKUP_LIST,
  BACKUP_STARTED,
  IMPORTED,
  PLAN_ITEM,
  RESTORE_ITEM,
  RESTORE_STARTED,
  type Backup,
  type Restore,
} from './answers';
import { followBackup, followRestore } from './follow';
import { saveDownload } from './save-download';

/** Where a command asks, and what speaks for it. */
export interface ApiSession {
  readonly client: ApiClient;
  readonly output: Output;
}

/** Makes a backup, and watches it unless told not to. */
export async function makeBackup({ client, output }: ApiSession, request: object, waits: boolean): Promise<number> {
  const { id } = (await client.send('POST', '/backups', request, BACKUP_STARTED)).artifact;
  if (!waits) {
    output.result({ id, status: 'queued' }, [`backup ${id} is queued`]);
    return EXIT.ok;
  }
  return backupResult(await followBackup(client, id, output), output);
}

/** The newest backups, one a line. */
export async function listBackups({ client, output }: ApiSession, limit: number): Promise<number> {
  const answer = await client.get(`/backups?limit=${limit}`, BACKUP_LIST);
  const rows = answer.items.map((backup) => [
    String(backup.id),
    backup.status,
    backup.size_bytes === undefined ? '' : bytesInWords(backup.size_bytes),
    backup.created_at.slice(0, 19).replace('T', ' '),
    backup.source,
    backup.verified_at === undefined ? '' : 'verified',
    backup.meta_json?.backup_label ?? '',
  ]);
  output.result(
    answer,
    alignedTable([['ID', 'STATUS', 'SIZE', 'CREATED (UTC)', 'SOURCE', '', 'LABEL'], ...rows], [0, 2]),
  );
  return EXIT.ok;
}

/** One backup. */
export async function showBackup({ client, output }: ApiSession, id: number): Promise<number> {
  const { item } = await client.get(`/backups/${id}`, BACKUP_ITEM);
  output.result({ item }, [JSON.stringify(item, undefined, 2)]);
  return EXIT.ok;
}

/** Has the missing copies of a backup made now, and shows where it is. */
export async function copyBackup({ client, output }: ApiSession, id: number): Promise<number> {
  const { item } = await client.send('POST', `/backups/${id}/copies`, {}, BACKUP_ITEM);
  const rows = (item.files ?? []).map(({ storage, state, error_code: code }) => [storage, state, code ?? '']);
  output.result({ item }, alignedTable(rows));
  return EXIT.ok;
}

/** Saves a backup, still encrypted. */
export async function downloadBackup({ client, output }: ApiSession, id: number, to?: string): Promise<number> {
  const path = await saveDownload(client, id, to, output);
  output.result({ id, path }, [path]);
  return EXIT.ok;
}

/** Brings a file in. */
export async function importBackup({ client, output }: ApiSession, file: string): Promise<number> {
  try {
    const onProgress = (done: number, total: number): void => output.progress('uploading', done, total);
    const { answer, isNew } = await client.upload('/backups/import', file, IMPORTED, onProgress);
    const { item, warnings } = answer;
    const told = isNew ? 'is new' : 'was there already';
    output.result({ item, is_new: isNew, warnings }, [`${backupInWords(item)}, ${told}`]);
    for (const warning of warnings) output.note(warning);
    return EXIT.ok;
  } finally {
    output.endProgress();
  }
}

/** Begins a restore, a dry run or a rollback, and watches it unless told not to. */
export async function startRestore(
  { client, output }: ApiSession,
  path: string,
  request: object,
  waits: boolean,
): Promise<number> {
  const { restore_id: id } = await client.send('POST', path, request, RESTORE_STARTED);
  if (!waits) {
    output.result({ id, status: 'queued' }, [`restore run ${id} is queued`]);
    return EXIT.ok;
  }
  return restoreResult(await followRestore(client, id, output), output);
}

/** Drops what a rehearsal keeps. */
export async function discardRehearsal({ client, output }: ApiSession, id: number): Promise<number> {
  const answer = await client.send('POST', `/backups/restores/${id}/discard`, {}, RESTORE_ITEM);
  output.result(answer, [`the database of rehearsal ${id} is dropped`]);
  return EXIT.ok;
}

/** Watches a restore run, begun by any caller. */
export async function watchRestore({ client, output }: ApiSession, id: number): Promise<number> {
  await client.get(`/backups/restores/${id}`, RESTORE_ITEM);
  return restoreResult(await followRestore(client, id, output), output);
}

/** Shows the plan. */
export async function showPlan({ client, output }: ApiSession): Promise<number> {
  return planResult(await client.get('/backups/plan', PLAN_ITEM), output);
}

/** Turns the plan on or off. */
export async function turnPlan({ client, output }: ApiSession, what: 'enable' | 'disable'): Promise<number> {
  return planResult(await client.send('POST', `/backups/plan/${what}`, {}, PLAN_ITEM), output);
}

/** Changes fields of the plan. */
export async function setPlan({ client, output }: ApiSession, changes: object): Promise<number> {
  return planResult(await client.send('PUT', '/backups/plan', changes, PLAN_ITEM), output);
}

function planResult({ item }: { item: Record<string, unknown> }, output: Output): number {
  output.result({ item }, alignedTable(Object.entries(item).map(([name, value]) => [name, String(value)])));
  return EXIT.ok;
}

function backupResult(item: Backup, output: Output): number {
  output.result({ item }, [backupInWords(item)]);
  return item.status === 'success' ? EXIT.ok : EXIT.failed;
}

function backupInWords({ id, status, size_bytes: size, error_code: code, error_message: message }: Backup): string {
  const told = status === 'success' ? bytesInWords(size ?? 0) : `${code ?? ''} ${message ?? ''}`.trim();
  return `backup ${id}: ${status}${told === '' ? '' : `, ${told}`}`;
}

function restoreResult(item: Restore, output: Output): number {
  const { id, status, error_code: code, error_message: message, rollback_until: until } = item;
  const { written_meanwhile: meanwhile, scratch_database: scratch, kept_until: keptUntil } = item;
  const lines = [`restore run ${id}: ${status}${code === undefined ? '' : `, ${code}: ${message ?? ''}`}`];
  if (meanwhile !== undefined) lines.push(meanwhile);
  if (scratch !== undefined)
    lines.push(
      `${scratch} is kept until ${keptUntil ?? ''}; bscc --api … promote ${id} makes it the target, discard ${id} drops it`,
    );
  if (until !== undefined)
    lines.push(`the old database is kept until ${until}; bscc --api … rollback ${id} brings it back`);
  output.result({ item }, lines);
  return status === 'success' ? EXIT.ok : EXIT.failed;
}
