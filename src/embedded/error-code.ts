/** The system's code of a failed operation (`ENOENT`), if the error has one. */
export function errorCode(error: unknown): unknown {
  // Not `instanceof Error`: the system's errors come from another realm where code runs inside a vm, as under Jest.
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** Whether a file operation failed because the file is not there. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}
