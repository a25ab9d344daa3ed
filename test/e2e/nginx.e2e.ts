import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StrangerRecords } from '../../src/audit/stranger-records';
import { startTestService, type TestService } from '../support/app';
import { eventually } from '../support/eventually';
import { freePort } from '../support/free-port';
import { exchange } from '../support/raw-client';

const EXAMPLE = join(__dirname, '../../docs/examples/nginx.conf');

describe('behind nginx, by the example', () => {
  let service: TestService;
  let directory: string;
  let nginx: ChildProcess;
  let url: string;
  beforeAll(async () => {
    service = await startTestService({ environment: { BERKUT_TRUSTED_PROXIES: '127.0.0.1' } });
    directory = await mkdtemp(join(tmpdir(), 'berkut-nginx-'));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const server = (await readFile(EXAMPLE, 'utf8'))
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
      .replace(/^\s*ssl_.*$/gm, '')
      .replace('http://127.0.0.1:8080', service.url);
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory};`);
    await writeFile(
      join(directory, 'nginx.conf'),
      `daemon off; master_process off; pid ${directory}/pid; error_log ${directory}/error.log;
       events {} http { access_log off; ${paths.join(' ')} ${server} }`,
    );
    nginx = spawn('nginx', ['-p', directory, '-c', join(directory, 'nginx.conf')], {
      stdio: 'ignore',
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
    });
    await once(nginx, 'spawn');
    await eventually(async () =>
      fetch(`${url}/api/nothing`).then(
        () => true,
        () => {
          if (nginx.exitCode !== null) throw new Error(`nginx has ended with ${nginx.exitCode}`);
          return false;
        },
      ),
    );
  });
  afterAll(async () => {
    if (nginx.exitCode === null) {
      nginx.kill();
      await once(nginx, 'exit');
    }
    await service.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('the address of each client is in the audit log, whatever it says of itself', async () => {
    for (const from of ['127.0.0.5', '127.0.0.6']) {
      const head = ['GET /api/backups HTTP/1.1', 'Host: x', 'Connection: close'];
      const lies = ['X-Forwarded-For: 9.9.9.9', 'Forwarded: for=9.9.9.9'];
      expect(await exchange(url, [...head, ...lies, '', ''].join('\r\n'), from)).toMatch(/^HTTP\/1\.1 401 /);
    }
    await service.app.get(StrangerRecords).written();
    const rows = await service.query(`SELECT source_ip FROM audit_records WHERE action = 'auth.denied' ORDER BY seq`);
    expect(rows).toEqual([{ source_ip: '127.0.0.5' }, { source_ip: '127.0.0.6' }]);
  });

  it('one client that is refused too often does not use up the limit of another', async () => {
    const request = 'GET /api/backups HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    for (let i = 0; i < 121; i += 1) await exchange(url, request, '127.0.0.7');
    expect(await exchange(url, request, '127.0.0.7')).toMatch(/^HTTP\/1\.1 429 /);
    expect(await exchange(url, request, '127.0.0.8')).toMatch(/^HTTP\/1\.1 401 /);
  });
});
