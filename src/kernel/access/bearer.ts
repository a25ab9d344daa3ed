import type { Request } from 'express';

/** The token of an `Authorization` header; anything else in it counts as none. */
export function bearerOf(request: Request): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
