import '../start/require-node';
import { visible } from '../engine/bytes/visible-text';
import { readEnvironment } from '../kernel/config/environment';
import { MANAGEMENT } from '../kernel/config/management';

/** Longer than a live process needs to answer, shorter than those who ask wait for this one. */
const ANSWER_WITHIN_MS = 4_000;

// The health check of the image: asks the service beside it whether it lives, where its own variables say that it listens.
async function main(): Promise<void> {
  const { BERKUT_MANAGEMENT_HOST, BERKUT_MANAGEMENT_PORT } = readEnvironment();
  // As everywhere, empty counts as not set.
  const host = BERKUT_MANAGEMENT_HOST || MANAGEMENT.host;
  const port = BERKUT_MANAGEMENT_PORT || MANAGEMENT.port;
  const response = await fetch(`http://${reachable(host)}:${port}/livez`, {
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  if (!response.ok) throw new Error(`answered ${response.status}`);
}

/** An address that means all of the machine's is none to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

main().catch((error: unknown) => {
  process.stderr.write(`the service does not answer: ${visible(error instanceof Error ? error.message : 'failed')}\n`);
  process.exitCode = 1;
});
