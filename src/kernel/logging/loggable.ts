import { present } from '../../engine/optional/present';
import { ToolError } from '../../engine/process/tool-error';
import { redact } from './redact';

const MAX_DEPTH = 5;

/** An error as a log shows it: with its causes and what a program wrote to stderr, without anything that looks like a secret. */
export function loggable(error: unknown): object {
  // pino-http hands on what pino has made of an error, with the error itself as `raw`.
  const isMade = typeof error === 'object' && error !== null && 'raw' in error;
  return describe(isMade ? error.raw : error, { depth: 0, hasStack: true });
}

/** The same without stacks: once the reason is known, the place in the program where it was seen does not help a reader. */
export function reasonOf(error: unknown): object {
  return describe(error, { depth: 0, hasStack: false });
}

function describe(error: unknown, { depth, hasStack }: { depth: number; hasStack: boolean }): object {
  if (!isErrorLike(error)) return { message: redact(String(error)) };
  const { name, message, stack, cause } = error;
  return {
    type: typeof name === 'string' ? name : 'Error',
    message: redact(String(message)),
    ...present({
      code: 'code' in error && typeof error.code === 'string' ? error.code : undefined,
      stderr: error instanceof ToolError ? redact(error.stderrTail) : undefined,
      stack: hasStack && typeof stack === 'string' ? redact(stack) : undefined,
      cause: cause === undefined || depth >= MAX_DEPTH ? undefined : describe(cause, { depth: depth + 1, hasStack }),
    }),
  };
}

function isErrorLike(error: unknown): error is { name?: unknown; message: unknown; stack?: unknown; cause?: unknown } {
  return typeof error === 'object' && error !== null && 'message' in error;
}
