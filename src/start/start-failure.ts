/** What keeps the service from starting, in a sentence that says what to do. */
export function startFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const sentence = path === undefined || code === undefined ? undefined : fileSentence(code, path);
  if (sentence !== undefined) return sentence;
  return error.message === '' ? 'failed' : error.message;
}

function fileSentence(code: string, path: string): string | undefined {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `this user may not use ${path}: start the service as its owner, or change the owner`;
    case 'EROFS':
      return `${path} is on a file system that is mounted read-only`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `there is no room left for ${path}`;
    case 'ENOTDIR':
      return `${path} cannot be made: part of it is a file, not a directory`;
    default:
      return undefined;
  }
}
