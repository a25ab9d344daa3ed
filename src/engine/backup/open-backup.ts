import { openContainer } from '../container/read/container-reader';
import type { KeyRing } from '../container/keys/key-ring';
import type { RandomSource } from '../container/format/random-source';
import { openV1 } from '../container/v1/v1-reader';
import { verifyContainer, type VerifyOptions } from '../container/read/verify-container';
import type { BackupReader } from '../container/read/backup-reader';

const VERSION_AT = 4;

/** Whether a file says that it is of version 1; other questions about it are for its reader. */
export async function isVersion1(source: RandomSource): Promise<boolean> {
  if (source.sizeBytes <= VERSION_AT) return false;
  const start = await source.read(0, VERSION_AT + 1);
  return start.toString('latin1', 0, VERSION_AT) === 'BSCC' && start[VERSION_AT] === 1;
}

/**
 * Opens a backup. For one of version 1 that means to verify it, because its manifest is inside.
 *
 * @throws ContainerError
 */
export async function openBackup(
  source: RandomSource,
  ring: KeyRing,
  options: VerifyOptions = {},
): Promise<BackupReader> {
  return (await isVersion1(source)) ? (await openV1(source, ring, options)).reader : openContainer(source, ring);
}

/**
 * Verifies every byte of a backup.
 *
 * @returns SHA-256 of the whole file, lower-case hex
 * @throws ContainerError
 */
export async function verifyBackup(source: RandomSource, ring: KeyRing, options: VerifyOptions): Promise<string> {
  const { sha256 } = (await isVersion1(source))
    ? await openV1(source, ring, options)
    : await verifyContainer(source, ring, options);
  return sha256;
}
