#!/usr/bin/env node
import '../start/require-node';
import { readEnvironment } from '../kernel/config/environment';
import { apiProgram, asksService } from './api/api-program';
import { bsccProgram } from './bscc-program';
import { bearClosedPipes } from './terminal/closed-pipe';
import { EXIT, failureOf } from './terminal/exit-code';
import { FileError } from './terminal/system-error';

const programFor = asksService(process.argv.slice(2)) ? apiProgram : bsccProgram;
const { program, output, exitCode } = programFor(readEnvironment());

let hasFailed = false;
const fail = (error: unknown): void => {
  // What cannot be written is seen by the stream and by what writes to it.
  if (hasFailed) return;
  hasFailed = true;
  const { code, message, details, exitCode: failed, isTold } = failureOf(error);
  if (isTold !== true) output().failure(code, message, details);
  process.exitCode = failed;
};
bearClosedPipes((error) => fail(new FileError('standard output', error)));

// Whatever ends the process before its work is done has failed; help is no work.
program.hook('preAction', () => {
  process.exitCode = EXIT.failed;
});
const done = (): void => {
  if (!hasFailed) process.exitCode = exitCode();
};
program.parseAsync().then(done, fail);
