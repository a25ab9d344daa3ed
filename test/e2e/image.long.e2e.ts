import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { signToken } from '../../src/cli/tokens/sign-token';
import { findServerUser } from '../../src/embedded/server-user';
import { TEST_SECRET } from '../support/test-environment';
import { build } from '../support/built';
import { testCluster, type TestDatabase } from '../support/cluster';
import { TEST_KEY } from '../support/containers';
import { JsonClient } from '../support/json-client';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');

interface Image {
  readonly environment: Record<string, string>;
  readonly base: readonly string[];
  readonly user: string;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

let directory: string;

beforeAll(async () => {
  await build();
  directory = await mkdtemp(join(tmpdir(), 'berkut-image-'));
  await chmod(directory, 0o755);
});

afterAll(() => rm(directory, { recursive: true, force: true }));

/** There is no container engine in a test: the Dockerfile's steps are run one by one, and what it would start is started. */
describe('the image', () => {
  let image: Image;
  let target: TestDatabase;
  let control: TestDatabase;
  let environment: Record<string, string>;
  /** Another user than the one who owns the tree, so that it can be read and not written. */
  let identity: { uid?: number; gid?: number } = {};
  const app = (): string => join(directory, 'app');

  beforeAll(async () => {
    await run(process.execPath, [join(ROOT, 'scripts/image-steps.mjs'), directory, '--quick']);
    image = JSON.parse(await readFile(join(directory, 'image.json'), 'utf8')) as Image;
    [target, control] = [await testCluster().createDatabase(), await testCluster().createDatabase()];
    const user = await findServerUser();
    const data = join(directory, 'data');
    await mkdir(data, { mode: 0o700 });
    if (user !== undefined) {
      identity = { uid: user.uid, gid: user.gid };
      await chown(data, user.uid, user.gid);
    }
    // What the image has in /usr/local/bin.
    await mkdir(join(directory, 'usr'));
    await copyFile(process.execPath, join(directory, 'usr/node'));
    await symlink(join(app(), 'dist/src/cli/bscc.js'), join(directory, 'usr/bscc'));
    environment = {
      ...image.environment,
      PATH: `${join(directory, 'usr')}:/usr/bin:/bin`,
      BERKUT_BACKUP_PATH: join(data, 'backups'),
      BERKUT_DB_URL: target.url,
      BERKUT_BACKUP_CONTROL_DB_URL: control.url,
      BACKUP_ENCRYPTION_KEY: TEST_KEY,
      BERKUT_AUTH_JWT_SECRET: TEST_SECRET,
      BERKUT_AUDIT_SIGNING_KEY: TEST_SECRET,
      BERKUT_HTTP_PORT: '0',
      BERKUT_MANAGEMENT_HOST: '0.0.0.0',
      BERKUT_MANAGEMENT_PORT: '0',
      BERKUT_SCHEDULER_ENABLED: 'false',
      LOG_LEVEL: 'silent',
    };
  });
  afterAll(async () => {
    await target.drop();
    await control.drop();
  });

  const start = ([command = '', ...args]: readonly string[], more: Record<string, string> = {}): ChildProcess =>
    spawn(command, args, {
      cwd: app(),
      env: { ...environment, ...more },
      ...identity,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const finish = async (command: readonly string[], more?: Record<string, string>) => {
    const child = start(command, more);
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (printed += text));
    }
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, printed };
  };

  it('has the packages of production and nothing of development, and runs as an unprivileged user', async () => {
    await expect(stat(join(app(), 'node_modules/jest'))).rejects.toThrow('ENOENT');
    expect((await stat(join(app(), 'node_modules/pg'))).isDirectory()).toBe(true);
    expect(image.user).toBe('node');
  });

  it('starts where it may write nothing but its storage, is found healthy on the port it is told, and backs up', async () => {
    const service = start(image.command);
    try {
      const where = new Promise<[api: string, port: string]>((resolve, reject) => {
        let printed = '';
        for (const stream of [service.stdout, service.stderr]) {
          stream?.setEncoding('utf8').on('data', (text: string) => {
            printed += text;
            const api = /API +http:\S+?:(\d+)\/api\n/.exec(printed)?.[1];
            const port = /Health +http:\S+:(\d+)\/readyz\n/.exec(printed)?.[1];
            if (api !== undefined && port !== undefined) resolve([`http://127.0.0.1:${api}`, port]);
          });
        }
        service.once('close', (code) => reject(new Error(`ended with ${String(code)}: ${printed}`)));
      });
      const [api, port] = await where;
      expect(await finish(image.healthCheck, { BERKUT_MANAGEMENT_PORT: port })).toEqual({ code: 0, printed: '' });

      const request = { name: 'root', roles: ['superadmin'], ttlSeconds: 3600 };
      const token = await signToken(request, { secret: new TextEncoder().encode(TEST_SECRET) }, new Date());
      const backup = await new JsonClient(api, token).backUp();
      expect(backup.status).toBe('success');
      const file = join(environment['BERKUT_BACKUP_PATH'] ?? '', backup.filename ?? '');
      expect(await finish(['bscc', 'verify', file])).toMatchObject({
        code: 0,
        printed: expect.stringMatching(/^whole: /) as unknown,
      });

      const ended = once(service, 'close');
      service.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(await finish(image.healthCheck, { BERKUT_MANAGEMENT_PORT: port })).toMatchObject({
        code: 1,
        printed: expect.stringMatching(/^the service does not answer/) as unknown,
      });
    } finally {
      service.kill('SIGKILL');
    }
  });

  it('has bscc on its PATH, and tools for every server from 13 to 18', () => {
    const steps = image.base.join('\n');
    expect(steps).toContain('ln -s /app/dist/src/cli/bscc.js /usr/local/bin/bscc');
    for (const version of ['13', '14', '15', '16', '17', '18']) expect(steps).toMatch(new RegExp(`\\b${version}\\b`));
  });
});

describe('the package', () => {
  it('holds what it needs and no sources, and brings bscc', async () => {
    const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', directory], {
      cwd: ROOT,
    });
    const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['dist/src/cli/bscc.js', 'README.md', 'docs/operations.md']));
    expect(paths.filter((path) => /^(src|test|bench|scripts|node_modules)\/|\.(spec|e2e)\.|\.env$/.test(path))).toEqual(
      [],
    );
    await run('tar', ['-xf', join(directory, packed.filename), '-C', directory]);
    await symlink(join(ROOT, 'node_modules'), join(directory, 'package/node_modules'));
    const { bin } = JSON.parse(await readFile(join(directory, 'package/package.json'), 'utf8')) as {
      bin: { bscc: string };
    };
    const command = join(directory, 'package', bin.bscc);
    // As npm does when it links the command.
    await chmod(command, 0o755);
    const env = { PATH: `${join(process.execPath, '..')}:/usr/bin:/bin` };
    expect((await run(command, ['keygen'], { env })).stdout).toMatch(/^[0-9a-f]{64}\n$/);
  });
});
