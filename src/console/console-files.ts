import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join, relative, sep } from 'node:path';

/** One file of the console, in memory: nothing is read from disk for a request. */
export interface ConsoleFile {
  readonly bytes: Buffer;
  readonly mediaType: string;
  /** Names the content, for `If-None-Match`. */
  readonly etag: string;
  /** The name has a hash of the content in it, so that another content has another name. */
  readonly isHashed: boolean;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** Vite puts what it names by content into this directory. */
const HASHED = '/assets/';

/** Where `npm run build` has put the console, from the built program and from the sources. */
export function consoleDirectory(): string {
  const above = join(__dirname, '../..');
  return basename(above) === 'dist' ? join(above, 'console') : join(above, 'dist', 'console');
}

/**
 * Reads the console as it was built.
 *
 * @returns the files by their path in an address, the page itself as `/`; none where the console was not built
 */
export async function readConsoleFiles(directory: string): Promise<ReadonlyMap<string, ConsoleFile>> {
  const files = new Map<string, ConsoleFile>();
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(noneIfMissing);
  for (const entry of entries) {
    const mediaType = MEDIA_TYPES[extname(entry.name)];
    if (!entry.isFile() || mediaType === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(directory, file).split(sep).join('/')}`;
    const bytes = await readFile(file);
    const digest = createHash('sha256').update(bytes).digest('base64url');
    // Weak: the same content may be sent compressed.
    const etag = `W/"${digest}"`;
    files.set(path === '/index.html' ? '/' : path, { bytes, mediaType, etag, isHashed: path.startsWith(HASHED) });
  }
  return files;
}

function noneIfMissing(error: unknown): [] {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return [];
  throw error;
}
