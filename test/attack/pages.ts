import { READING } from '../support/routes';
import { z } from 'zod';
import type { Attack } from './round';

/** Pages of others: a session's cookies without the header, or with one that is not of this session. */
export const pages: Attack = async ({ service, routes }, round) => {
  const begin = async (role: string): Promise<{ cookie: string; csrf: string }> => {
    const { headers, body } = await (await service.as(role)).send<unknown>('POST', '/auth/session');
    const cookie = headers.getSetCookie().map((text) => text.split(';')[0] ?? '');
    return { cookie: cookie.join('; '), csrf: z.object({ csrf_token: z.string() }).parse(body).csrf_token };
  };
  const own = await begin('superadmin');
  const other = await begin('admin');
  const cookies = service.client.withoutToken();
  const without = own.cookie.replace(/berkut_csrf=[^;]*/, 'berkut_csrf=x');
  const tries: Record<string, string>[] = [
    { Cookie: own.cookie },
    { Cookie: own.cookie, 'X-CSRF-Token': 'x' },
    { Cookie: own.cookie, 'X-CSRF-Token': '' },
    { Cookie: own.cookie, 'X-CSRF-Token': other.csrf },
    { Cookie: own.cookie, 'X-CSRF-Token': own.csrf.slice(0, -1) },
    { Cookie: own.cookie, 'X-XSRF-Token': own.csrf },
    { Cookie: without, 'X-CSRF-Token': 'x' },
    { Cookie: own.cookie, Origin: 'https://evil.example', Referer: 'https://evil.example/' },
  ];
  for (const { method, path } of routes.filter((route) => !READING.includes(route.method))) {
    for (const headers of tries) {
      const { status } = await cookies.send(method, path, undefined, headers);
      round.request([method, path, Object.keys(headers)], status, (answer) => answer === 403);
    }
  }
};
