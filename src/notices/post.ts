/** A receiver that says nothing for so long is not there. */
const TIMEOUT_MS = 30_000;

/** The receiver did not take it. */
class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(status: number) {
    super(`the receiver answered ${status}`);
  }
}

/**
 * Posts a body to the address that was configured, and to no other.
 *
 * @throws RefusedError when the answer is not 2xx, a redirection included, or the error of `fetch`
 */
export async function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body,
    // What is sent is for the receiver that was configured, not for one that it names.
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new RefusedError(response.status);
}
