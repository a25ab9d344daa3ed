import type { IncomingMessage } from 'node:http';

/**
 * Whether the client's own connection, the first of several, is one with TLS. The service has none itself, so the header of
 * a proxy tells. Any sender is believed: a caller that lies only spoils its own cookies.
 */
export function isOverTls(request: IncomingMessage): boolean {
  const given = request.headers['x-forwarded-proto'] ?? '';
  const first = [given].flat().join(',').split(',')[0]?.trim() ?? '';
  if (first !== '') return first.toLowerCase() === 'https';
  const element = (request.headers.forwarded ?? '').split(',')[0] ?? '';
  return /(?:^|;)\s*proto="?https"?\s*(?:;|$)/i.test(element);
}
