/** The target could not be brought into, or seen in, a whole state: maintenance stays on until it is. */
export class UnsettledError extends Error {
  override readonly name = 'UnsettledError';
}

/** Does what must not make a failure of a run any more: when it fails, the run has not ended and is left to recovery. */
export async function orUnsettled<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw new UnsettledError(what, { cause });
  }
}
