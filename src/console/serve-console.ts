import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { ConsoleFile } from './console-files';

const compress = promisify(gzip);

/** The page brings all of its scripts and styles in files of its own, and asks this service alone. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join(';');

/** Another content has another name. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** The page may be kept, but each use asks whether it is still the same. */
const ASK_FIRST = 'no-cache';

const NOT_BUILT =
  'The console is not part of this build: "npm run build" makes it.\nThe API works, and /api/docs describes it.\n';

/**
 * Answers for the console and passes on everything else. It stands before the guards, because the page has to load for a
 * person who has not signed in, and while a restore keeps everyone out.
 */
export function serveConsole(files: ReadonlyMap<string, ConsoleFile>): RequestHandler {
  const compressed = new Map<ConsoleFile, Promise<Buffer>>();
  const compressedOf = (file: ConsoleFile): Promise<Buffer> => {
    const known = compressed.get(file) ?? compress(file.bytes);
    compressed.set(file, known);
    return known;
  };
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const file = files.get(request.path);
    if (!isRead || (file === undefined && request.path !== '/')) {
      next();
      return;
    }
    if (file === undefined) {
      response.status(404).type('text/plain').send(NOT_BUILT);
      return;
    }
    response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    response.setHeader('Cache-Control', file.isHashed ? FOR_EVER : ASK_FIRST);
    response.setHeader('Content-Type', file.mediaType);
    response.setHeader('ETag', file.etag);
    response.setHeader('Vary', 'Accept-Encoding');
    if (request.acceptsEncodings('gzip') !== 'gzip') response.send(file.bytes);
    else response.setHeader('Content-Encoding', 'gzip').send(await compressedOf(file));
  };
}
