/** A child process that did not do its work. Its output is for logs only: it may name objects, hosts and roles. */
export class ToolError extends Error {
  override readonly name = 'ToolError';

  /**
   * @param tool program name without directory
   * @param exitCode status it ended with; `null` when a signal ended it or it never started
   * @param signalName the signal that ended it, if one did
   * @param stderrTail the end of what it wrote to stderr
   */
  constructor(
    readonly tool: string,
    readonly exitCode: number | null,
    readonly signalName: NodeJS.Signals | null,
    readonly stderrTail: string,
    options?: ErrorOptions,
  ) {
    super(`${tool} ${outcome(exitCode, signalName)}`, options);
  }
}

function outcome(exitCode: number | null, signalName: NodeJS.Signals | null): string {
  if (exitCode !== null) return `ended with exit code ${exitCode}`;
  return signalName === null ? 'could not be started' : `was ended by ${signalName}`;
}
