#!/usr/bin/env node
import '../require-node';
import { readEnvironment } from '../kernel/config/environment';
import { apiProgram, asksService } from './api/api-program';
import { bsccProgram } from './bscc-program';
import { EXIT, failureOf } from './exit-code';

const programFor = asksService(process.argv.slice(2)) ? apiProgram : bsccProgram;
const { program, output, exitCode } = programFor(readEnvironment());

// Whatever ends the process before its work is done has failed.
process.exitCode = EXIT.failed;
const done = (): void => {
  process.exitCode = exitCode();
};
program.parseAsync().then(done, (error: unknown) => {
  const { code, message, details, exitCode: failed } = failureOf(error);
  // Commander has said already what is wrong with the arguments.
  if (!(error instanceof Error && error.name === 'CommanderError')) output().failure(code, message, details);
  process.exitCode = failed;
});
