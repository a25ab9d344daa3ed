import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The packages that the product runs with, as the lock file has them: those of the service, and those of which the build has
 * put something into the page of the console. The latter are not installed where the product runs.
 *
 * @param root directory of package-lock.json, node_modules and dist
 * @returns directory, name and version of each. Left out are those for other kinds of machine, which are not installed, and
 *   workspaces of this repository, of which only the built files are part of the product.
 */
export function productionPackages(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const inPage = packagesOfPage(root);
  return Object.entries(packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
    .map(([path, entry]) => ({ path, name: path.slice(path.lastIndexOf('node_modules/') + 13), ...entry }))
    .filter(({ dev, name, version }) => dev !== true || inPage.has(`${name}@${version}`))
    .filter(({ optional, path }) => !(optional && !existsSync(join(root, path))))
    .map(({ path, name, version }) => ({ directory: join(root, path), name, version }));
}

/** Names and versions, as the build has written them with their licences. */
function packagesOfPage(root) {
  const file = join(root, 'dist/console/licences.txt');
  // Without the page there is nothing of it in the product.
  if (!existsSync(file)) return new Set();
  const headings = readFileSync(file, 'utf8').matchAll(/^## (\S+) - (\S+)/gm);
  return new Set([...headings].map(([, name, version]) => `${name}@${version}`));
}
