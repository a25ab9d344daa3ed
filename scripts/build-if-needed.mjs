// Builds dist/ unless it was built from exactly the sources that are here. A digest, not file times: times say nothing
// after a checkout, and a deleted source (a migration, say) must not live on in dist/.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lchownSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'dist', '.sources');
const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');

function sourcesDigest() {
  const files = ['package-lock.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json', 'ormconfig.ts'];
  for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && !entry.name.endsWith('.spec.ts'))
      files.push(join(entry.parentPath, entry.name).slice(root.length + 1));
  }
  const digest = createHash('sha256');
  for (const file of files.sort()) {
    const path = join(root, file);
    const content = existsSync(path) ? readFileSync(path) : '';
    digest.update(`${file}\0${content.length}\0`).update(content);
  }
  return digest.digest('hex');
}

const wanted = sourcesDigest();
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  if (!existsSync(nest)) {
    console.error('The packages are not installed: run "npm run setup" first.');
    process.exit(1);
  }
  // To standard error: the next command may print a result that the caller pipes on.
  console.error('Building …');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [nest, 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, wanted);
}

// What root has built in a checkout of another user would be in that user's way.
const { uid, gid } = statSync(root);
const dist = join(root, 'dist');
if (process.getuid?.() === 0 && lstatSync(dist).uid !== uid) {
  for (const name of readdirSync(dist, { recursive: true })) lchownSync(join(dist, name), uid, gid);
  lchownSync(dist, uid, gid);
}
