// Writes docs/openapi.json as the built service serves it: started with nothing configured in a directory of its own, asked,
// and told to end. test/e2e/swagger.e2e.ts fails when the file is not what the service says.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const file = join(root, 'docs', 'openapi.json');
const directory = mkdtempSync(join(tmpdir(), 'berkut-openapi-'));
// The server's user has to get there when this is root.
chmodSync(directory, 0o755);
const service = spawn(process.execPath, [join(root, 'dist', 'src', 'main.js')], {
  cwd: directory,
  env: { PATH: process.env.PATH, BERKUT_HTTP_PORT: '0', BERKUT_MANAGEMENT_PORT: '0', LOG_LEVEL: 'warn' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = new Promise((resolve) => service.once('close', resolve));
try {
  const url = await new Promise((resolve, reject) => {
    let printed = '';
    service.stdout.setEncoding('utf8').on('data', (text) => {
      printed += text;
      const [, found] = /API +(http:\S+\/api)\n/.exec(printed) ?? [];
      if (found !== undefined) resolve(found);
    });
    void ended.then((code) => reject(new Error(`the service ended with ${code}`)));
  });
  const response = await fetch(`${url}/docs-json`);
  if (!response.ok) throw new Error(`the service answered ${response.status}`);
  const style = await resolveConfig(file);
  writeFileSync(file, await format(JSON.stringify(await response.json()), { ...style, parser: 'json' }));
} finally {
  service.kill('SIGTERM');
  await ended;
  rmSync(directory, { recursive: true, force: true });
}
