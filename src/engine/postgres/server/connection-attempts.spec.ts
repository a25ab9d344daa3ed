import type { DatabaseAddress, SslMode } from '../../address/database-address';
import { parseDatabaseUrl } from '../../address/parse-database-url';
import { attemptsFor } from './connection-attempts';
import { hasNoTls, noteTlsRefusal } from './tls-refusals';

describe('the attempts to connect', () => {
  const address = (mode: SslMode): DatabaseAddress =>
    parseDatabaseUrl(`postgresql://app:secret@one.example,two.example/app?sslmode=${mode}`);
  const encrypted = (mode: SslMode, isWithout: boolean): boolean[] =>
    attemptsFor(address(mode), () => isWithout).map(({ isEncrypted }) => isEncrypted);

  it('ask a server without TLS that has said so without it first, where the mode leaves that open', () => {
    expect(encrypted('prefer', false)).toEqual([true, false, true, false]);
    expect(encrypted('prefer', true)).toEqual([false, true, false, true]);
  });

  it.each<[SslMode, boolean[]]>([
    ['disable', [false, false]],
    ['allow', [false, true, false, true]],
    ['require', [true, true]],
  ])('are those of %s, whatever the server has said', (mode, expected) => {
    for (const isWithout of [false, true]) expect(encrypted(mode, isWithout)).toEqual(expected);
  });

  it('remember a server by its refusal alone', () => {
    const [one, two] = address('prefer').places;
    if (two === undefined) throw new Error('there are two places');
    noteTlsRefusal(one, new Error('connect ECONNREFUSED'));
    expect(hasNoTls(one)).toBe(false);
    noteTlsRefusal(one, new Error('The server does not support SSL connections'));
    expect([one, two].map(hasNoTls)).toEqual([true, false]);
  });
});
