import { join } from 'node:path';
import type { Cluster } from '../../src/embedded/cluster';
import { TEST_KEY } from '../support/containers';
import { makeShape, openPlace, type Place, TARGET, whatIsMissing } from './place';
import { differences, portraitOf } from './portrait';
import type { Result } from './report';
import { runProgram } from './run-program';
import { makeRoles, programsOf, removeDatabases, startServer } from './server';
import type { Shape } from './shape';

/** Backs up each shape on one version and restores it with `bscc` on a newer one: the rows must be the same. */
export async function upgrade(from: number, to: number, shapes: readonly Shape[]): Promise<Result[]> {
  const results: Result[] = [];
  const newPrograms = await programsOf(to);
  const server = await startServer(newPrograms);
  try {
    await makeRoles(server);
    const old = await openPlace(from, 'superuser', {});
    try {
      for (const shape of shapes) {
        const common = { shape: shape.name, version: from, to, role: 'superuser' } as const;
        const missing =
          (await whatIsMissing(old, shape)) ?? (await whatIsMissing({ cluster: server, version: to }, shape));
        if (missing !== undefined) {
          results.push({ ...common, missing, outcomes: [] });
          continue;
        }
        const detail = await upgraded(old, { server, programs: newPrograms }, shape).catch(String);
        const way = 'bscc-restore';
        results.push({
          ...common,
          outcomes: [detail === '' ? { way, how: 'identical' } : { way, how: 'wrong', code: 'upgrade', detail }],
        });
      }
      return results;
    } finally {
      await old.stop();
    }
  } finally {
    await server.stop();
  }
}

/** The newer server and its programs. */
interface Destination {
  readonly server: Cluster;
  readonly programs: string;
}

/** What is wrong, in words. */
async function upgraded(old: Place, { server, programs }: Destination, shape: Shape): Promise<string> {
  const name = `${TARGET}_new`;
  await makeShape(old, shape, TARGET);
  const before = await portraitOf(old.cluster.url(TARGET), old.binDirectory);
  const backup = await old.swapping.client.backUp();
  if (backup.status !== 'success') return `backup: ${backup.error_code ?? ''}`;
  try {
    const file = join(old.storagePath, backup.filename ?? '');
    const bscc = join(__dirname, '../../dist/src/cli/bscc.js');
    const ended = await runProgram(process.execPath, [bscc, '--json', 'restore', file, '--to', server.url(name)], {
      BACKUP_ENCRYPTION_KEY: TEST_KEY,
      BERKUT_BACKUP_PGDUMP_BIN: join(programs, 'pg_dump'),
    });
    if (ended.code !== 0) return ended.stderr.trim();
    return differences(before, await portraitOf(server.url(name), programs), ['rows']).join('\n');
  } finally {
    await removeDatabases(server.url, name);
  }
}
