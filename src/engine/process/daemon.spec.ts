import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daemon, startDaemon } from './daemon';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'daemon-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const shell = (
  script: string,
  more: { removeAfterwards?: string; env?: Record<string, string> } = {},
): Promise<Daemon> =>
  startDaemon({
    command: '/bin/sh',
    args: ['-c', script],
    workingDirectory: directory,
    logPath: join(directory, 'log'),
    stopSignal: 'TERM',
    ...more,
  });

describe('a daemon', () => {
  it('reports the exit status of a program that ends by itself', async () => {
    const daemon = await shell('exit 7');
    expect(await daemon.exited).toBe(7);
    await daemon.stop();
  });

  it('lets the program end in its own way when it is stopped, and waits for it', async () => {
    const daemon = await shell(`trap 'echo tidied; exit 3' TERM; echo ready; while :; do sleep 0.05; done`);
    await lineInLog('ready');
    await Promise.all([daemon.stop(), daemon.stop()]);
    expect(await daemon.exited).toBe(3);
    expect(await readFile(join(directory, 'log'), 'utf8')).toBe('ready\ntidied\n');
  });

  it('hands nothing of this process to the program but what it is told to', async () => {
    process.env['DAEMON_SPEC_SECRET'] = 'secret';
    const daemon = await shell('env; ls /proc/self/fd 2>/dev/null | wc -l', { env: { GIVEN: 'yes' } });
    await daemon.exited;
    delete process.env['DAEMON_SPEC_SECRET'];
    const log = await readFile(join(directory, 'log'), 'utf8');
    expect(log).toContain('GIVEN=yes');
    expect(log).not.toContain('DAEMON_SPEC_SECRET');
  });

  it('removes what was to be removed once the program has ended', async () => {
    const scratch = join(directory, 'scratch');
    await mkdir(scratch);
    const daemon = await shell('exit 0', { removeAfterwards: scratch });
    await daemon.exited;
    expect(existsSync(scratch)).toBe(false);
  });

  it('fails at once when it cannot be started there', async () => {
    await expect(
      startDaemon({
        command: '/bin/true',
        args: [],
        workingDirectory: join(directory, 'nowhere'),
        logPath: '/dev/null',
        stopSignal: 'TERM',
      }),
    ).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

async function lineInLog(line: string): Promise<void> {
  while (!existsSync(join(directory, 'log')) || !(await readFile(join(directory, 'log'), 'utf8')).includes(line)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
