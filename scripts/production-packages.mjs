import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The packages that are there when the product runs, as the lock file has them.
 *
 * @param root directory of package-lock.json and node_modules
 * @returns directory, name and version of each. Left out are those for other kinds of machine, which are not installed, and
 *   workspaces of this repository, of which only the built files are part of the product.
 */
export function productionPackages(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
    .filter(([path, { dev, optional }]) => dev !== true && !(optional && !existsSync(join(root, path))))
    .map(([path, { version }]) => ({
      directory: join(root, path),
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
    }));
}
