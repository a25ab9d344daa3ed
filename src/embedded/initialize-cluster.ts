import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startDaemon } from '../engine/process/daemon';
import { type Place, SUPERUSER } from './place';
import { lastLines } from './server-log';

/**
 * Makes the cluster under another name until it is complete: a killed initdb leaves nothing that looks like one.
 *
 * @throws Error with the last lines of initdb's output
 */
export async function initializeCluster({ directory, dataDirectory, binDirectory, user }: Place): Promise<void> {
  const draft = `${dataDirectory}.new`;
  const logPath = join(directory, 'initdb.log');
  // The name of the only locale that is UTF-8 everywhere and depends on no language; some systems lack it.
  for (const locale of ['C.UTF-8', 'C']) {
    await rm(draft, { recursive: true, force: true });
    await rm(logPath, { force: true });
    const daemon = await startDaemon({
      command: join(binDirectory, 'initdb'),
      args: [
        ...['-D', draft, '-U', SUPERUSER, '-E', 'UTF8', `--locale=${locale}`, '--lc-messages=C', '--data-checksums'],
        ...['--auth=scram-sha-256', `--pwfile=${join(directory, 'password')}`, '--no-sync'],
      ],
      workingDirectory: directory,
      logPath,
      stopSignal: 'TERM',
      user,
    });
    if ((await daemon.exited) === 0) {
      await rename(draft, dataDirectory);
      return;
    }
  }
  throw new Error(`initdb failed:\n${await lastLines(logPath)}`);
}
