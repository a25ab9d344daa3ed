// Builds the service and the console into dist/, each unless it was built from exactly the sources that are here. A digest, not
// file times: times say nothing after a checkout, and a deleted source (a migration, say) must not live on in dist/.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lchownSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const CONSOLE_OUTPUT = ['console', '.console-sources'];

/** Files of a directory, without what is installed there. */
function filesOf(directory) {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesOf(path);
    return entry.isFile() && !/\.spec\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const service = {
  stamp: '.sources',
  program: ['@nestjs/cli/bin/nest.js', 'build'],
  sources: () => ['nest-cli.json', 'tsconfig.json', 'tsconfig.build.json', 'ormconfig.ts', ...filesOf('src')],
  output: () => (existsSync(dist) ? readdirSync(dist).filter((name) => !CONSOLE_OUTPUT.includes(name)) : []),
};

const browserPage = {
  stamp: '.console-sources',
  program: ['vite/bin/vite.js', 'build', 'console', '--logLevel', 'warn'],
  sources: () => filesOf('console'),
  output: () => CONSOLE_OUTPUT,
};

function digestOf(files) {
  const digest = createHash('sha256');
  for (const file of files.sort()) {
    const path = join(root, file);
    const content = existsSync(path) ? readFileSync(path) : '';
    digest.update(`${file}\0${content.length}\0`).update(content);
  }
  return digest.digest('hex');
}

function buildIfNeeded({ stamp, program: [script, ...args], sources, output }) {
  const stampFile = join(dist, stamp);
  const wanted = digestOf(['package-lock.json', ...sources()]);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  const program = join(root, 'node_modules', script);
  if (!existsSync(program)) {
    console.error('The packages are not installed: run "npm run setup" first.');
    process.exit(1);
  }
  // To standard error: the next command may print a result that the caller pipes on.
  console.error('Building …');
  for (const name of output()) rmSync(join(dist, name), { recursive: true, force: true });
  // Tests build, too, and Vite would put what is for development alone into the page.
  const env = { ...process.env, NODE_ENV: 'production' };
  const { status } = spawnSync(process.execPath, [program, ...args], { cwd: root, env, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stampFile, wanted);
}

buildIfNeeded(service);
if (existsSync(join(root, 'console', 'index.html'))) buildIfNeeded(browserPage);

// What root has built in a checkout of another user would be in that user's way.
const { uid, gid } = statSync(root);
if (process.getuid?.() === 0 && lstatSync(dist).uid !== uid) {
  for (const name of readdirSync(dist, { recursive: true })) lchownSync(join(dist, name), uid, gid);
  lchownSync(dist, uid, gid);
}
