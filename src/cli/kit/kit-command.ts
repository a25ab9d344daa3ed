import { open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { isS3Url } from '../../engine/storage/s3/s3-place';
import { systemCode } from '../../engine/storage/file-fault';
import { APPLICATION } from '../../kernel/config/version';
import { UsageError } from '../terminal/exit-code';
import { askAtTerminal } from '../terminal/hidden-prompt';
import type { Output } from '../terminal/output';
import { naming } from '../terminal/system-error';
import { kitPage } from './kit-page';
import { toolChecksum } from './tool-checksum';

export interface KitOptions {
  /** Path of the page. */
  readonly to: string;
  /** Where the backups are, in the words of the operator. */
  readonly backups: readonly string[];
  /** Directory of the backups on this machine, or their place in S3, where it is configured. */
  readonly storagePath: string | undefined;
  /** The key is written without a question. */
  readonly isAgreed: boolean;
}

/**
 * Writes the emergency kit: the key on paper and all that is needed to use it. The page is a new file that only its owner can read.
 *
 * @throws UsageError when it is not agreed to that the key is written, or there is a file of that name
 */
export async function writeKit(ring: KeyRing, options: KitOptions, output: Output): Promise<void> {
  const { to, backups, storagePath } = options;
  if (!options.isAgreed) await agree(to);
  const { current } = ring;
  const { sha256, command } = await toolChecksum();
  const here = storagePath === undefined ? [] : [placeOf(storagePath)];
  const page = kitPage({
    key: current.material.toString('hex'),
    keyId: current.id,
    olderKeyIds: ring.ids().filter((id) => id !== current.id),
    backups: backups.length > 0 ? backups : here,
    tool: { version: APPLICATION.version, sha256, command },
    madeAt: new Date(),
  });
  await naming(to, () => writeNew(to, page));
  output.result({ written: to, key_id: current.id, tool_sha256: sha256 }, [
    to,
    'print it, look whether the codes can be scanned, put it into a safe away from the backups, and delete the file',
  ]);
}

function placeOf(storagePath: string): string {
  return isS3Url(storagePath) ? storagePath : `${hostname()}: ${resolve(storagePath)}`;
}

async function agree(to: string): Promise<void> {
  const answer = await askAtTerminal(
    `This writes the key, readable for everyone who sees the page, to ${to}. Type yes to go on: `,
  );
  if (answer === undefined) throw new UsageError('the key is written only when you agree: answer yes, or give --yes');
  if (answer.trim().toLowerCase() !== 'yes') throw new UsageError('nothing was written');
}

async function writeNew(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if (systemCode(error) === 'EEXIST') throw new UsageError(`${path} is there already`);
    throw error;
  });
  try {
    // Whatever the umask is.
    await file.chmod(0o600);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}
