import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = `
  const { stopOnSignals } = require(${JSON.stringify(join(__dirname, '../../src/start/hard-end.ts'))});
  // Hangs for ever, as a server that does not answer would make it hang.
  setInterval(() => undefined, 1000);
  stopOnSignals(() => process.stdout.write('stopping'), () => 50, 50);
  process.stdout.write('ready');
`;

describe('a process that is told to stop', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('by %s ends although something hangs', async (signal) => {
    const child = spawn(
      process.execPath,
      ['--require', join(__dirname, '../support/register-typescript.js'), '--eval', PROGRAM],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    try {
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (output === '') child.kill(signal);
        output += text;
      });
      const errors: string[] = [];
      child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
      const [code] = (await once(child, 'close')) as [number | null];
      expect([code, output, errors.join('')]).toEqual([
        1,
        'readystopping',
        'berkut-scc-backups: something did not end in time; the next start tidies up\n',
      ]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
