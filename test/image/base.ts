import { dirname, join } from 'node:path';
import { run } from './programs';

/** Where the base has the certificates that this machine trusts beside the usual ones, such as those of its proxy. */
export const AUTHORITIES = '/usr/local/share/authorities.pem';

/**
 * Makes the root file system of an image that stands for the pinned one of Node.js, which only a registry has: Debian of
 * the same name, the user `node` with the number 1000, the pinned Node.js of this project's packages, and the npm that runs
 * this script.
 *
 * @param suite of Debian
 * @returns a tar file
 */
export async function makeBase(directory: string, suite: string): Promise<string> {
  const tar = join(directory, 'base.tar');
  const authorities = process.env['NODE_EXTRA_CA_CERTS'] ?? '/dev/null';
  const hooks = [
    'chroot "$1" useradd --uid 1000 --create-home --shell /bin/bash node',
    `cp -L '${process.execPath}' "$1"/usr/local/bin/node`,
    `mkdir -p "$1"/usr/local/lib/node_modules && cp -rL '${npmDirectory()}' "$1"/usr/local/lib/node_modules/npm`,
    'ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1"/usr/local/bin/npm',
    'ln -s ../lib/node_modules/npm/bin/npx-cli.js "$1"/usr/local/bin/npx',
    `cat '${authorities}' > "$1"${AUTHORITIES}`,
  ].map((hook) => `--customize-hook=${hook}`);
  await run('mmdebstrap', '--mode=root', '--variant=minbase', '--quiet', ...hooks, suite, tar);
  return tar;
}

/** Of the npm that runs this script. */
function npmDirectory(): string {
  const program = process.env['npm_execpath'];
  if (program === undefined) throw new Error('start it by `npm run test:image`');
  return join(dirname(program), '..');
}
