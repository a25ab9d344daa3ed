import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../test/support/eventually';
import { feedTool, runTool, toolOutput } from './run-tool';
import { ToolError } from './tool-error';
import { look } from '../bytes/borrowed';

const shell = (script: string, signal?: AbortSignal) => ({ command: '/bin/sh', args: ['-c', script], signal });

async function* endless(): AsyncGenerator<Buffer> {
  const chunk = Buffer.alloc(65536, 'x');
  for (;;) {
    yield chunk;
    await Promise.resolve();
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a program whose output is read', () => {
  it('gives all its bytes', async () => {
    expect(await runTool(shell('printf one; printf two'))).toBe('onetwo');
  });

  it('fails after its last byte when it ends with an error', async () => {
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of toolOutput(shell('printf half; echo secret >&2; exit 3')))
        seen.push(look(chunk).toString());
    })();
    await expect(reading).rejects.toMatchObject({ name: 'ToolError', tool: 'sh', exitCode: 3, stderrTail: 'secret\n' });
    expect(seen.join('')).toBe('half');
  });

  it('keeps what it wrote to stderr out of the message', async () => {
    await expect(runTool(shell('echo secret >&2; exit 1'))).rejects.toThrow(/^sh ended with exit code 1$/);
  });

  it('keeps only the end of a long stderr', async () => {
    const failing = runTool(shell('i=0; while [ $i -lt 2000 ]; do echo "line $i" >&2; i=$((i+1)); done; exit 1'));
    await expect(failing).rejects.toMatchObject({ stderrTail: expect.stringMatching(/line 1999\n$/) as string });
    await failing.catch((error: unknown) => {
      expect(error).toBeInstanceOf(ToolError);
      if (error instanceof ToolError) expect(error.stderrTail.length).toBeLessThanOrEqual(4000);
    });
  });

  it('says when it was killed', async () => {
    await expect(runTool(shell('kill -9 $$'))).rejects.toMatchObject({ exitCode: null, signalName: 'SIGKILL' });
  });

  it('says when it cannot be started', async () => {
    await expect(runTool({ command: '/nonexistent/tool', args: [] })).rejects.toThrow('tool could not be started');
  });

  it('is ended when its reader leaves', async () => {
    let pid = 0;
    for await (const chunk of toolOutput(shell('echo $$; while :; do echo more; done'))) {
      pid = Number.parseInt(look(chunk).toString(), 10);
      break;
    }
    expect(isAlive(pid)).toBe(false);
  });

  it('is ended, also when it ignores SIGTERM, when the signal aborts', async () => {
    const controller = new AbortController();
    let pid = 0;
    const reading = (async () => {
      for await (const chunk of toolOutput(
        shell(`trap '' TERM; echo $$; while :; do sleep 0.1; done`, controller.signal),
      )) {
        pid = Number.parseInt(look(chunk).toString(), 10);
        controller.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(isAlive(pid)).toBe(false);
  }, 60_000);

  it('inherits nothing of the environment', async () => {
    process.env['BERKUT_SPEC_SECRET'] = 'secret';
    expect(await runTool({ command: '/usr/bin/env', args: [], env: { A: 'b' } })).toBe(
      'PATH=/usr/local/bin:/usr/bin:/bin\nLC_ALL=C\nA=b\n',
    );
  });
});

describe('a program that is fed', () => {
  it('reads all of its input', async () => {
    async function* input(): AsyncGenerator<Buffer> {
      yield Buffer.from('a');
      yield await Promise.resolve(Buffer.from('b'));
    }
    await expect(feedTool(shell('test "$(cat)" = ab'), input())).resolves.toBeUndefined();
  });

  it('fails with its own error when it stops reading', async () => {
    await expect(feedTool(shell('echo why >&2; exit 7'), endless())).rejects.toMatchObject({
      exitCode: 7,
      stderrTail: 'why\n',
    });
  });

  it('may end well before it has read everything', async () => {
    await expect(feedTool(shell('head -c 10 >/dev/null'), endless())).resolves.toBeUndefined();
  });

  it('may have ended when its input ends', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'berkut-tool-'));
    const pidFile = join(directory, 'pid');
    async function* input(): AsyncGenerator<Buffer> {
      yield Buffer.from('ab');
      await eventually(async () => !isAlive(Number(await readFile(pidFile, 'utf8'))));
    }
    try {
      await writeFile(pidFile, String(process.pid));
      await feedTool(shell(`head -c 1 >/dev/null; echo $$ >${pidFile}`), input());
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('is ended when its input fails', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from('a');
      await Promise.resolve();
      throw new Error('source broke');
    }
    await expect(feedTool(shell('cat >/dev/null; sleep 100'), broken())).rejects.toThrow('source broke');
  });

  it('is ended when the signal aborts', async () => {
    const controller = new AbortController();
    const feeding = feedTool(shell('cat >/dev/null', controller.signal), endless());
    controller.abort(new Error('enough'));
    await expect(feeding).rejects.toThrow('enough');
  });
});

describe('a program that starts others', () => {
  async function* nothing(): AsyncGenerator<Buffer> {
    yield* await Promise.resolve([]);
  }

  it('is not waited for when they hold on to its output, and none of them outlives it', async () => {
    const command = { ...shell('sleep 300 & echo "pid $!" >&2; exit 3'), hasChildren: true };
    const error: unknown = await feedTool(command, nothing()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'ToolError', exitCode: 3 });
    const pid = Number(/pid (\d+)/.exec(error instanceof ToolError ? error.stderrTail : '')?.[1]);
    expect(pid).toBeGreaterThan(0);
    await eventually(() => Promise.resolve(!isAlive(pid)));
  }, 60_000);
});
