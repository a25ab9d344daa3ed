import type { Writable } from 'node:stream';
import { type Borrowed, copies, lend } from '../bytes/borrowed';
import { releaseBytes } from '../bytes/release-bytes';
import { type ToolCommand, ToolProcess } from './tool-process';

/**
 * The program's stdout. A child's stdout can end before its exit code is known, so the sequence ends only when the
 * program has ended with exit code 0; leaving it early ends the program. A chunk is gone when the next is
 * asked for.
 *
 * @throws ToolError, or the signal's reason
 */
export async function* toolOutput(command: ToolCommand): AsyncGenerator<Borrowed, void, undefined> {
  const tool = ToolProcess.start(command, { stdin: false, stdout: true });
  try {
    for await (const chunk of tool.stdout as AsyncIterable<Buffer>) {
      yield lend(chunk);
      releaseBytes(chunk);
    }
    await tool.succeeded();
  } catch (error) {
    command.signal?.throwIfAborted();
    throw error;
  } finally {
    await tool.stop();
  }
}

/**
 * Runs the program with `input` as its stdin.
 *
 * @param input may be read to its end or, when the program has had enough, not
 * @param onTaken told of each chunk when the program has got it
 * @throws ToolError, the signal's reason, or whatever `input` throws; the program has ended by then
 */
export async function feedTool(
  command: ToolCommand,
  input: AsyncIterable<Uint8Array>,
  onTaken?: (chunk: Uint8Array) => void,
): Promise<void> {
  const tool = ToolProcess.start(command, { stdin: true, stdout: false });
  try {
    await deliver(input, tool.stdin, onTaken);
  } catch (error) {
    // A program that ends early breaks the pipe: why it ended is the cause, the pipe only a consequence. One that ended
    // with 0 has read what it needed (pg_restore stops reading after the last entry it wants).
    if (isBrokenPipe(error)) return tool.succeeded();
    await tool.stop();
    command.signal?.throwIfAborted();
    throw error;
  }
  await tool.succeeded();
}

/**
 * Runs the program with `input` as its stdin and gives its stdout, which ends only when it has ended with exit code 0.
 *
 * @param input its chunks are the program's: their memory is freed when it has got them
 * @throws ToolError, the signal's reason, or whatever `input` throws; the program has ended by then
 */
export async function* filterTool(
  command: ToolCommand,
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, undefined> {
  const tool = ToolProcess.start(command, { stdin: true, stdout: true });
  let inputError: unknown;
  const feeding = deliver(input, tool.stdin, releaseBytes).catch((error: unknown) => {
    if (isBrokenPipe(error)) return;
    inputError = error;
    tool.terminate();
  });
  try {
    for await (const chunk of tool.stdout as AsyncIterable<Buffer>) yield chunk;
    await tool.succeeded();
    await feeding;
  } catch (error) {
    command.signal?.throwIfAborted();
    throw inputError ?? error;
  } finally {
    await tool.stop();
    await feeding;
  }
}

/**
 * Runs the program and gives its stdout as text; for programs that say little.
 *
 * @throws ToolError, or the signal's reason
 */
export async function runTool(command: ToolCommand): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of copies(toolOutput(command))) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function deliver(
  chunks: AsyncIterable<Uint8Array>,
  stdin: Writable,
  onTaken?: (chunk: Uint8Array) => void,
): Promise<void> {
  // Its failure reaches the write that waits, or the next one.
  stdin.on('error', () => undefined);
  for await (const chunk of chunks) {
    await written(stdin, chunk);
    onTaken?.(chunk);
  }
  // Not waited for: Node, which closes the pipe of a program that has ended, does not answer then. The exit code tells.
  stdin.end();
}

/** Resolves when the program, or the pipe to it, has the chunk. */
function written(stdin: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stdin.write(chunk, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function isBrokenPipe(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return BROKEN_PIPE.has(error.code);
}

const BROKEN_PIPE: ReadonlySet<unknown> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
]);
