import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../../src/embedded/cluster';
import { loadDemo } from '../../src/embedded/demo/load-demo';
import { throwawayCluster, withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import { eventually } from '../support/eventually';
import { freePort } from '../support/free-port';
import { JsonClient } from '../support/json-client';
import { AUTHORITIES, makeBase } from './base';
import { Engine, type ImageConfig } from './engine';
import { endAll, run, type Ended, type Started } from './programs';

/**
 * Builds the image by the Dockerfile and uses what comes out: `npm run test:image`. The base image and PostgreSQL's own
 * repository need a registry and a server that a machine for tests may not reach. The base is made from Debian's packages, and
 * the build argument CLIENT_TOOLS has the client tools come from Debian. Everything else is run as it stands.
 */
const ROOT = join(__dirname, '../..');
/** Of the client tools in Debian trixie. */
const TOOLS_VERSION = 17;
const IMAGE = 'localhost/berkut-backups:test';

let [passed, failed] = [0, 0];

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('this test makes root file systems and needs to run as root');
  // Ends what runs, so that the step fails and everything is taken away.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void endAll());
  const directory = await mkdtemp(join(tmpdir(), 'berkut-test-image-'));
  // The server's user has to get through it.
  await chmod(directory, 0o755);
  let engine: Engine | undefined;
  let cluster: Cluster | undefined;
  try {
    await step('buildah and mmdebstrap are here', installPrograms);
    engine = await Engine.open(join(directory, 'engine'));
    const image = await build(engine, directory);
    cluster = await step('a PostgreSQL server with demo data starts', startServer);
    await use(engine, image, cluster, directory);
  } catch (error) {
    // What a step has printed is counted; those after it need what it did not make.
    if (!(error instanceof StepFailed)) throw error;
  } finally {
    await engine?.remove();
    await cluster?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function build(engine: Engine, directory: string): Promise<ImageConfig> {
  const [, base = '', suite = ''] =
    /^ARG NODE_IMAGE=(node:\d+\.\d+\.\d+-(\w+)-slim)$/m.exec(await readFile(join(ROOT, 'Dockerfile'), 'utf8')) ?? [];
  await step(`a base is made from Debian ${suite}, as ${base}`, async () => {
    await engine.importBase(await makeBase(directory, suite), `docker.io/library/${base}`, {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      NODE_EXTRA_CA_CERTS: AUTHORITIES,
    });
  });
  await step('the Dockerfile builds', () => engine.build(ROOT, IMAGE, ['CLIENT_TOOLS=debian']));
  return step('the image runs as the user node and has a health check', async () => {
    const config = await engine.config(IMAGE);
    expectEqual(config.user, 'node');
    return config;
  });
}

async function use(engine: Engine, image: ImageConfig, cluster: Cluster, directory: string): Promise<void> {
  const secrets = join(directory, 'secrets');
  const port = await freePort();
  const container = await step('a container is made, with its secrets', async () => {
    await mkdir(secrets);
    for (const name of ['backup_key', 'audit_key', 'jwt_secret']) {
      await writeFile(join(secrets, name), randomBytes(32).toString('hex'), { mode: 0o444 });
    }
    return engine.create(IMAGE, await environment(cluster, port));
  });
  const inside = (...command: string[]): Started => engine.run(container, command, [`${secrets}:/run/secrets:ro`]);
  const succeed = async (...command: string[]): Promise<string> => successOf(await inside(...command).ended);

  await step('the user of the image may write to its storage and nothing of the program', async () => {
    await succeed('sh', '-c', 'test "$(id -un)" = node && test -w /data && ! test -w /app && ! test -w /app/dist');
    expectEqual(await succeed('sh', '-c', 'ls /app/node_modules | grep -cx jest || true'), '0\n');
  });
  const token = await step('bscc token makes a token', async () =>
    (await succeed('bscc', 'token', '--role', 'superadmin', '--name', 'alice')).trim(),
  );
  const service = inside(...image.command);
  await step('the health check finds the service that was started', async () => {
    await eventually(async () => {
      if (service.hasEnded()) throw new Error(`the service has ended:\n${service.printed()}`);
      return (await inside(...image.healthCheck).ended).code === 0;
    });
  });
  const client = new JsonClient(`http://127.0.0.1:${port}`, token);
  const dump = (): Promise<string[]> => dumpOf(cluster.url('scc'), join(cluster.binDirectory, 'pg_dump'));
  const before = await step('pg_dump reads the database', dump);
  const backup = await step('a backup is made', async () => {
    const made = await client.backUp();
    expectEqual(made.status, 'success', made);
    return made;
  });
  await step('bscc verify reads it', () => succeed('bscc', 'verify', `/data/backups/${backup.filename ?? ''}`));
  await step('bscc doctor finds nothing wrong', () => succeed('bscc', 'doctor'));
  await step('a restore without confirm is refused', async () => {
    expectEqual((await client.post(`/backups/${backup.id}/restore`)).status, 400);
  });
  await step('a restore brings back what has changed', async () => {
    await withClient(cluster.url('scc'), (db) => db.query('DROP SCHEMA public CASCADE'));
    const restored = await client.restore(backup.id, { confirm: 'scc' });
    expectEqual(restored.status, 'success', restored);
    const after = await dump();
    expectEqual(after.join('\n') === before.join('\n'), true);
  });
  await step('SIGTERM ends the service with 0, and the health check says so', async () => {
    await service.signalInnermost('SIGTERM');
    successOf(await service.ended);
    expectEqual((await inside(...image.healthCheck).ended).code, 1);
  });
}

async function installPrograms(): Promise<void> {
  const missing: string[] = [];
  for (const program of ['buildah', 'mmdebstrap']) {
    await run('sh', '-c', `command -v ${program}`).catch(() => missing.push(program));
  }
  if (missing.length === 0) return;
  await run('apt-get', 'update', '-q');
  await run('apt-get', 'install', '-qy', '--no-install-recommends', ...missing);
}

async function startServer(): Promise<Cluster> {
  // Debian's tools are of that version, and serve no older servers.
  await run('bash', join(ROOT, 'scripts/get-postgres.sh'), String(TOOLS_VERSION));
  const cluster = await throwawayCluster({}, join(ROOT, `.berkut/postgres/${TOOLS_VERSION}/bin`));
  try {
    await withClient(cluster.adminUrl, (admin) => admin.query('CREATE DATABASE scc TEMPLATE template0'));
    await withClient(cluster.url('scc'), loadDemo);
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** As in compose.yaml, and the ports free ones, because the container shares the machine's network. */
async function environment(cluster: Cluster, port: number): Promise<Record<string, string>> {
  return {
    BERKUT_DB_URL: cluster.url('scc'),
    BERKUT_BACKUP_CONTROL_DB_URL: cluster.url('scc_backups'),
    BACKUP_ENCRYPTION_KEY_FILE: '/run/secrets/backup_key',
    BERKUT_AUDIT_SIGNING_KEY_FILE: '/run/secrets/audit_key',
    BERKUT_AUTH_JWT_SECRET_FILE: '/run/secrets/jwt_secret',
    BERKUT_BACKUP_RESTORE_CONFIRM: 'true',
    BERKUT_HTTP_HOST: '127.0.0.1',
    BERKUT_HTTP_PORT: String(port),
    BERKUT_MANAGEMENT_PORT: String(await freePort()),
  };
}

/** A step has failed, and said why. */
class StepFailed extends Error {
  override readonly name = 'StepFailed';
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const seconds = (): string => `${((performance.now() - begun) / 1000).toFixed(1)} s`;
  try {
    const result = await work();
    passed += 1;
    console.log(`ok     ${name} (${seconds()})`);
    return result;
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name} (${seconds()})\n${error instanceof Error ? error.message : String(error)}`);
    throw new StepFailed(name);
  }
}

function successOf({ code, stdout, stderr }: Ended): string {
  if (code !== 0) throw new Error(`ended with ${String(code)}:\n${stdout}${stderr}`);
  return stdout;
}

function expectEqual(actual: unknown, expected: unknown, context?: object): void {
  if (actual === expected) return;
  const about = context === undefined ? '' : ` in ${JSON.stringify(context)}`;
  throw new Error(`expected ${JSON.stringify(expected)} and got ${JSON.stringify(actual)}${about}`);
}

main()
  .catch((error: unknown) => {
    failed += 1;
    console.error(error instanceof Error ? error.message : error);
  })
  .finally(() => {
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed > 0 ? 1 : 0;
  });
