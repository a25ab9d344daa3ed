import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Cluster } from '../../src/embedded/cluster';
import { loadDemo } from '../../src/embedded/demo/load-demo';
import { parseConfig } from '../../src/kernel/config/parse-config';
import { type Service, startService } from '../../src/start-service';
import { build } from '../support/built';
import { throwawayCluster, withClient } from '../support/cluster';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
const ISSUER = 'https://id.example.org/realms/scc';

/** A machine as the documents describe it: directories, servers, a provider of tokens and a service that `systemctl` starts. */
class Machine {
  private service: Service | undefined;

  private constructor(
    readonly directory: string,
    readonly cluster: Cluster,
    private readonly outside: Server,
    private readonly jwks: object,
    readonly token: string,
  ) {}

  static async set(): Promise<Machine> {
    const directory = await mkdtemp(join(tmpdir(), 'berkut-documents-'));
    const cluster = await throwawayCluster();
    await withClient(cluster.adminUrl, async (admin) => {
      await admin.query(`CREATE ROLE scc LOGIN CREATEROLE PASSWORD 'application'`);
      await admin.query('CREATE DATABASE scc OWNER scc TEMPLATE template0');
    });
    await withClient(cluster.url('scc', 'scc', 'application'), loadDemo);
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const token = await new SignJWT({ name: 'Alice', roles: ['scc-backup-admins'] })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setSubject('alice')
      .setIssuer(ISSUER)
      .setAudience('berkut-backups')
      .setExpirationTime('1h')
      .sign(privateKey);
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] };
    const machine: Machine = new Machine(directory, cluster, createServer(), jwks, token);
    await machine.furnish();
    return machine;
  }

  /** Takes everything away that was set up. */
  async clear(): Promise<void> {
    await this.stop();
    this.outside.closeAllConnections();
    this.outside.close();
    await this.cluster.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Runs a script of the documents with this machine's directories and addresses in the place of the examples'. */
  async run(script: string): Promise<string> {
    const server = `127.0.0.1:${this.cluster.port}`;
    const admin = this.cluster.url('').replace(/\/$/, '');
    const here = script
      .replaceAll(/\/(etc|var\/lib)\/berkut\b/g, `${this.directory}/$1/berkut`)
      .replaceAll(/postgres:\/\/postgres@(db|catalogue)\.example\.org/g, admin)
      .replaceAll(/@(db|catalogue)\.example\.org/g, `@${server}`)
      .replaceAll(/https:\/\/id\.example\.org\S+certs/g, `${this.address}/certs`)
      .replaceAll('https://backups.example.org', `$(cat ${this.directory}/api)`)
      .replaceAll('$API', `$(cat ${this.directory}/api)/api`)
      .replaceAll('http://127.0.0.1:8081', `$(cat ${this.directory}/management)`);
    const path = [
      join(this.directory, 'bin'),
      this.cluster.binDirectory,
      join(process.execPath, '..'),
      '/usr/bin',
      '/bin',
    ];
    const env = { PATH: path.join(':'), HOME: this.directory, TOKEN: this.token, OUTSIDE: this.address };
    const options = { env, cwd: this.directory, maxBuffer: 64 * 1024 * 1024 };
    return run('/bin/bash', ['--norc', '-eu', '-c', here], options).then(
      ({ stdout }) => stdout,
      (error: unknown) => {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        throw new Error(`${stdout.slice(-3000)}\n${stderr}`);
      },
    );
  }

  private get address(): string {
    return `http://127.0.0.1:${(this.outside.address() as AddressInfo).port}`;
  }

  private async furnish(): Promise<void> {
    for (const place of ['bin', 'etc/berkut', 'var/lib/berkut']) {
      await mkdir(join(this.directory, place), { recursive: true });
    }
    await build();
    const program = async (name: string, line: string): Promise<void> => {
      await writeFile(join(this.directory, 'bin', name), `#!/bin/sh\nexec ${line}\n`);
      await chmod(join(this.directory, 'bin', name), 0o755);
    };
    await program('bscc', `'${process.execPath}' '${join(ROOT, 'dist/src/cli/bscc.js')}' "$@"`);
    await program('systemctl', 'curl -fsS -o /dev/null -X POST "$OUTSIDE/$1"');
    this.outside.on('request', (request, response) => {
      if (request.url === '/certs') {
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify(this.jwks));
        return;
      }
      const turn = request.url === '/stop' ? this.stop() : this.stop().then(() => this.start());
      turn.then(
        () => response.end(),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
    this.outside.listen(0, '127.0.0.1');
    await once(this.outside, 'listening');
  }

  private async start(): Promise<void> {
    const lines = (await readFile(join(this.directory, 'etc/berkut/backups.env'), 'utf8')).split('\n');
    const given = lines.flatMap((line): [string, string][] => {
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    });
    // Nothing happens here by itself, so that what is read about happens in its order.
    const ours = {
      BERKUT_HTTP_PORT: '0',
      BERKUT_MANAGEMENT_PORT: '0',
      BERKUT_SCHEDULER_ENABLED: 'false',
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    };
    this.service = await startService(parseConfig({ ...Object.fromEntries(given), ...ours }));
    await writeFile(join(this.directory, 'api'), this.service.url);
    await writeFile(join(this.directory, 'management'), this.service.managementUrl);
  }

  private async stop(): Promise<void> {
    const { service } = this;
    this.service = undefined;
    await service?.stop();
  }
}

/** The blocks of a page that a reader is to run, each introduced by its number. */
async function walkOf(page: string): Promise<string> {
  const text = await readFile(join(ROOT, page), 'utf8');
  const blocks = [...text.matchAll(/```bash\n# walk\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');
  expect(blocks.length).toBeGreaterThan(0);
  return blocks.map((block, i) => `echo '== ${page} ${i + 1}'\n${block}`).join('\n');
}

describe('the documents', () => {
  it('can be followed: install, back up, change the key, lose everything and bring it back, move', async () => {
    const machine = await Machine.set();
    try {
      const installed = await machine.run(await walkOf('docs/install.md'));
      expect(installed).toMatch(/^well$/m);
      expect(installed).toContain('"username":"Alice"');
      expect(installed.match(/"status":"success"/g)?.length).toBeGreaterThanOrEqual(2);
      expect(installed).not.toMatch(/"status":"failed"/);

      const operated = await machine.run(await walkOf('docs/operations.md'));
      // The log stays whole whatever happens to the key of the backups, and moves along.
      expect(operated.match(/"ok":true/g)?.length).toBe(3);
      expect(operated).toContain('"rekeyed":[1]');
      expect(operated).toMatch(/restored into scc_drill, which was made for it/);
      expect(operated.match(/^ +500$/gm)).toHaveLength(2);
      expect(operated).toMatch(/"adopted":\[1\]/);
      expect(operated).not.toMatch(/"status":"failed"/);

      expect(await machine.run(await walkOf('docs/plan.md'))).toContain('"cron_expression":"30 2 * * *"');
      expect(await machine.run(await walkOf('docs/api.md'))).toMatch(/^data: .*"id":1,.*"status":"success"/m);
      // The database that the first restore has replaced.
      const undo = (await walkOf('docs/restore.md')).replace('scc_before_7', 'scc_before_1');
      expect(await machine.run(undo)).toMatch(/(ALTER DATABASE\n){3}/);
    } finally {
      await machine.clear();
    }
  });
});
