import type { TestService } from './app';
import { withClient } from './cluster';
import { dumpOf } from './dump-of';

/** Backs up the small target and changes it then. The answer has the backup, and the dumps before and after the change. */
export async function changedSinceBackup({ client, target }: Pick<TestService, 'client' | 'target'>) {
  const first = await dumpOf(target.url);
  const backup = await client.backUp();
  await withClient(target.url, (db) => db.query('DELETE FROM task_comments; CREATE TABLE later (id int)'));
  return { first, backup, second: await dumpOf(target.url) };
}
