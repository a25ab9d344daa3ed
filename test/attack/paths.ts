import { AUTHENTICATED, PUBLIC, ROLES } from '../../src/kernel/request/permissions';
import { exchange, statusOf } from '../support/raw-client';
import type { Attack } from './round';

/** Spellings of a path that a proxy or a router may take for the same. */
const TRICKS: readonly ((path: string) => string)[] = [
  (path) => path,
  (path) => `/${path}`,
  (path) => path.replace('/api/', '/api//'),
  (path) => path.toUpperCase(),
  (path) => path.replace('/api/', '/API/'),
  (path) => path.replace('/api/', '/api%2f'),
  (path) => path.replace('/api/', '/api/./'),
  (path) => path.replace('/api/', '/api/x/../'),
  (path) => path.replace('/api/', '/api/x/%2e%2e/'),
  (path) => path.replace('/api/', '/api/%2e/'),
  (path) => `${path}/`,
  (path) => `${path};a=b`,
  (path) => path.replace('/api/', '/api;a=b/'),
  (path) => `${path}%00`,
  (path) => `${path}%20`,
  (path) => `${path}.json`,
  (path) => path.replaceAll('/', '\\'),
  (path) => `http://x${path}`,
  (path) => `${path}?access_token=x&_method=GET`,
  (path) => `${path}#x`,
];
const OVERRIDES = ['X-HTTP-Method-Override: GET', 'X-Original-URL: /api/auth/me', 'X-Rewrite-URL: /api/auth/me'];
/** What callers without any permission here, and with a few, may be. */
const SHORT = ['analyst', 'auditor', 'backup_operator'];

/** Each route in every spelling by every role that may not use it, and by no caller at all. */
export const paths: Attack = async ({ service, routes, isShort }, round) => {
  const roles = isShort ? SHORT : [...ROLES.keys()];
  const tokens = await Promise.all(roles.map((role) => service.token(role)));
  const send = async (method: string, path: string, headers: readonly string[]): Promise<number> =>
    statusOf(
      await exchange(
        service.url,
        [`${method} ${path} HTTP/1.1`, 'Host: x', ...headers, 'Connection: close', '', ''].join('\r\n'),
      ),
    );
  for (const { method, path, permission } of routes) {
    if (permission === PUBLIC) continue;
    const callers = roles.flatMap((role, i) => {
      const isAllowed =
        permission === AUTHENTICATED || (permission !== undefined && ROLES.get(role)?.includes(permission) === true);
      return isAllowed ? [] : [[role, `Authorization: Bearer ${tokens[i] ?? ''}`] as const];
    });
    for (const trick of TRICKS) {
      const target = trick(`/api${path}`);
      const results = await Promise.all(
        [['no caller'] as const, ...callers].map(async ([who, ...headers]) => ({
          what: [who, method, target],
          status: await send(method, target, headers),
        })),
      );
      for (const { what, status } of results) round.request(what, status);
    }
    for (const override of OVERRIDES) {
      for (const verb of [method, 'HEAD', 'POST', 'PROPFIND', 'TRACE']) {
        const target = `/api${path}`;
        round.request([verb, target, override], await send(verb, target, [override]));
      }
    }
  }
};
