/** Time after the grace in which what was ended may tidy up. */
const MARGIN_MS = 10_000;

/**
 * Tells of signals to stop, and ends the process some time after the first of them, whatever hangs: a server that says
 * nothing, a disk that does not answer. What is left then is what a killed process leaves, and the next start tidies up.
 *
 * @param graceMs how long what runs may go on, as known when the signal comes
 */
export function stopOnSignals(stop: () => void, graceMs: () => number, marginMs = MARGIN_MS): void {
  let timer: NodeJS.Timeout | undefined;
  const onSignal = (): void => {
    timer ??= setTimeout(() => {
      process.stderr.write('berkut-scc-backups: something did not end in time; the next start tidies up\n');
      process.exit(1);
    }, graceMs() + marginMs).unref();
    stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}
