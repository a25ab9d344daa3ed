import type { Request, Response } from 'express';
import { FakeClock } from '../../test/support/fake-clock';
import { parseConfig } from '../kernel/config/parse-config';
import { FlowCookie } from './flow-cookie';

const FLOW = { state: 's', nonce: 'n', codeVerifier: 'the-verifier-of-the-code', returnTo: '#/backups' };

describe('the cookie of a sign-in', () => {
  const start = '2026-03-01T12:00:00Z';
  const clock = new FakeClock(start);
  const replica = (key = 'ab'): FlowCookie =>
    new FlowCookie(
      parseConfig({
        APP_ENV: 'prod',
        BERKUT_DB_URL: 'postgres://u@h/scc',
        BERKUT_BACKUP_CONTROL_DB_URL: 'postgres://u@h/control',
        BACKUP_ENCRYPTION_KEY: key.repeat(32),
        BERKUT_AUTH_JWT_SECRET: 'x'.repeat(32),
      }),
      clock,
    );
  beforeEach(() => clock.set(new Date(start)));

  const request = (cookie: string): Request => ({ headers: { cookie } }) as unknown as Request;
  const response = (set: [string, string][] = []): Response =>
    ({
      cookie: (name: string, value: string) => set.push([name, value]),
      clearCookie: () => undefined,
    }) as unknown as Response;
  const made = (): string => {
    const set: [string, string][] = [];
    replica().set(request(''), response(set), FLOW);
    const [[name, value] = ['', '']] = set;
    expect([name, value.includes(FLOW.codeVerifier)]).toEqual(['berkut_sign_in', false]);
    return value;
  };
  const read = (cookie: string, by = replica()): unknown => by.take(request(cookie), response());

  it('is read by every replica of the installation, and by no other installation', () => {
    const value = made();
    expect(read(`other=1; berkut_sign_in=${value}`)).toMatchObject(FLOW);
    expect(read(`berkut_sign_in=${value}`, replica('cd'))).toBeUndefined();
  });

  it('is good for ten minutes', () => {
    const value = made();
    clock.set(new Date(Date.parse(start) + 599_000));
    expect(read(`berkut_sign_in=${value}`)).toMatchObject(FLOW);
    clock.set(new Date(Date.parse(start) + 600_000));
    expect(read(`berkut_sign_in=${value}`)).toBeUndefined();
  });

  it('is nothing when it was changed, cut, made up, or is there twice', () => {
    const value = made();
    const other = value.startsWith('A') ? 'B' : 'A';
    for (const bad of ['', 'x', value.slice(0, 20), value.slice(0, -4), `${other}${value.slice(1)}`, `${value}AAAA`]) {
      expect([bad, read(`berkut_sign_in=${bad}`)]).toEqual([bad, undefined]);
    }
    expect(read(`berkut_sign_in=${value}; berkut_sign_in=${value}`)).toBeUndefined();
  });
});
