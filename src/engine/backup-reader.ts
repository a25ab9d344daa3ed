import { openContainer } from './container/container-reader';
import type { KeyRing } from './container/key-ring';
import type { ContainerIndex } from './container/manifest';
import type { RandomSource } from './container/random-source';
import { openV1 } from './container/v1/v1-reader';
import { verifyContainer, type VerifyOptions } from './container/verify-container';

/** What a backup says of itself, whatever version its file has. */
export type BackupIndex = Omit<ContainerIndex, 'format'> & { readonly format: 1 | 2 };

/** A backup opened for reading. */
export interface BackupReader {
  readonly index: BackupIndex;
  /** Id of the key it is sealed with, 16 hex digits. */
  readonly keyId: string;
  /** Digests that a version 1 file carries itself. */
  readonly checksums?: { readonly manifest_sha256: string; readonly dump_sha256: string };
  /** The plaintext of one stream, in chunks that are the caller's; it is whole only when the generator has ended without an error. */
  readStream(name: string, options?: { signal?: AbortSignal }): AsyncGenerator<Buffer>;
}

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
