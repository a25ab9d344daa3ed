/** Whether an error says that nothing reads a pipe any more. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}

/**
 * Keeps a command going when nothing reads what it says: what it does to files and databases has to come to its end.
 *
 * @param onFailure is told when standard output cannot be written for another reason
 */
export function bearClosedPipes(onFailure: (error: Error) => void): void {
  process.stdout.on('error', (error: Error) => {
    if (!isClosedPipe(error)) onFailure(error);
  });
  // There is nowhere to say so.
  process.stderr.on('error', () => undefined);
}
