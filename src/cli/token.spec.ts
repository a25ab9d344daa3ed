import { Command } from 'commander';
import { jwtVerify } from 'jose';
import { signToken } from './tokens/sign-token';
import { parseTokenRequest, withTokenOptions } from './tokens/token-request';

const secret = Buffer.alloc(32, 7);
const now = new Date('2026-02-03T04:05:06.789Z');

describe('a token request', () => {
  it('reads roles, name and duration', () => {
    expect(
      parseTokenRequest(['--role', 'backup_operator', '--role', 'auditor', '--name', 'Олена', '--ttl', '30m']),
    ).toEqual({
      name: 'Олена',
      roles: ['backup_operator', 'auditor'],
      ttlSeconds: 1800,
    });
  });

  it.each([
    ['no role', []],
    ['a role that is no word', ['--role', 'Admin!']],
    ['a duration without a unit', ['--role', 'admin', '--ttl', '60']],
    ['a duration of nothing', ['--role', 'admin', '--ttl', '0h']],
    ['a duration of years', ['--role', 'admin', '--ttl', '367d']],
    ['a name with control characters', ['--role', 'admin', '--name', 'a\nb']],
    ['a stray word', ['--role', 'admin', 'more']],
  ])('is refused with %s', (_, args) => {
    const printed = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(() => parseTokenRequest(args)).toThrow();
    printed.mockRestore();
  });
});

it('says in its help how long a token is good for, with the unit', () => {
  expect(withTokenOptions(new Command('token')).helpInformation()).toMatch(/--ttl [\s\S]*\(default:\s+1h\)/);
});

describe('a signed token', () => {
  it('carries the claims of the request and of the authority', async () => {
    const authority = { secret, issuer: 'https://id.example', audience: 'berkut-backups' };
    const token = await signToken({ name: 'alice', roles: ['backup_operator'], ttlSeconds: 60 }, authority, now);
    const { payload } = await jwtVerify(token, secret, {
      currentDate: now,
      issuer: authority.issuer,
      audience: authority.audience,
    });
    expect(payload).toEqual({
      sub: 'alice',
      name: 'alice',
      roles: ['backup_operator'],
      iat: 1770091506,
      exp: 1770091566,
      iss: 'https://id.example',
      aud: 'berkut-backups',
    });
  });

  it('is not valid after its time', async () => {
    const token = await signToken({ name: 'alice', roles: ['admin'], ttlSeconds: 60 }, { secret }, now);
    const later = new Date(now.getTime() + 61_000);
    await expect(jwtVerify(token, secret, { currentDate: later })).rejects.toThrow(/exp/);
  });
});
