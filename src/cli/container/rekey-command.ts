import type { KeyRing } from '../../engine/container/keys/key-ring';
import { EXIT, failureOf, UsageError } from '../terminal/exit-code';
import type { Output } from '../terminal/output';
import { isS3Url } from '../../engine/storage/s3/s3-place';
import { storageAt } from '../terminal/input-file';
import { rekey, type RekeyedFile } from './rekey';
import { rekeyObjects } from './rekey-objects';
import { systemErrorInWords } from '../terminal/system-error';

/** How much is done, and of how much. */
type OnProgress = (done: number, total: number) => void;

/**
 * Rekeys a file, a directory, an object or a place in S3 and says of each file what became of it.
 *
 * @param removesOld removes objects that were copied before
 * @returns the exit code: that of the last failure, if there was one
 */
export async function rekeyAll(
  path: string,
  ring: KeyRing,
  { output, removesOld }: { output: Output; removesOld: boolean },
): Promise<number> {
  const files: object[] = [];
  let exitCode: number = EXIT.ok;
  const onProgress: OnProgress = (done, total) => output.progress('rekeying', done, total);
  for await (const one of await filesAt(path, ring, { removesOld, onProgress })) {
    const { file, result } = one;
    const failure = one.result === 'failed' ? failureOf(one.error) : undefined;
    if (failure !== undefined) exitCode = failure.exitCode;
    const said = one.result === 'failed' ? systemErrorInWords(one.error) : undefined;
    const reason = one.result === 'skipped' ? one.reason : (said ?? failure?.message);
    const as = 'as' in one ? one.as : undefined;
    files.push({ file, result, reason, as });
    output.line(
      `${result.padEnd(9)} ${file}${reason === undefined ? '' : `: ${reason}`}${as === undefined ? '' : ` as ${as}`}`,
    );
  }
  output.result({ ok: exitCode === EXIT.ok, files }, []);
  return exitCode;
}

async function filesAt(
  path: string,
  ring: KeyRing,
  { removesOld, onProgress }: { removesOld: boolean; onProgress: OnProgress },
): Promise<AsyncIterable<RekeyedFile>> {
  if (!isS3Url(path)) {
    if (removesOld) throw new UsageError('--remove-old is for s3://: files of a directory are exchanged');
    return rekey(path, ring, onProgress);
  }
  const { storage, place, name } = await storageAt(path);
  return rekeyObjects({ storage, place, only: name === '' ? undefined : name, removesOld }, ring, onProgress);
}
