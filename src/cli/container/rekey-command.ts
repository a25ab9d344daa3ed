import type { KeyRing } from '../../engine/container/keys/key-ring';
import { EXIT, failureOf } from '../terminal/exit-code';
import type { Output } from '../terminal/output';
import { rekey } from './rekey';
import { systemErrorInWords } from '../terminal/system-error';

/**
 * Rekeys a file or a directory and says of each file what became of it.
 *
 * @returns the exit code: that of the last failure, if there was one
 */
export async function rekeyAll(path: string, ring: KeyRing, output: Output): Promise<number> {
  const files: object[] = [];
  let exitCode: number = EXIT.ok;
  for await (const one of rekey(path, ring, (done, total) => output.progress('rekeying', done, total))) {
    const { file, result } = one;
    const failure = one.result === 'failed' ? failureOf(one.error) : undefined;
    if (failure !== undefined) exitCode = failure.exitCode;
    const said = one.result === 'failed' ? systemErrorInWords(one.error) : undefined;
    const reason = one.result === 'skipped' ? one.reason : (said ?? failure?.message);
    files.push({ file, result, reason });
    output.line(`${result.padEnd(9)} ${file}${reason === undefined ? '' : `: ${reason}`}`);
  }
  output.result({ ok: exitCode === EXIT.ok, files }, []);
  return exitCode;
}
