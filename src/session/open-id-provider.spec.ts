import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeClock } from '../../test/support/fake-clock';
import type { SignInConfig } from '../kernel/config/config';
import { OpenIdProvider } from './open-id-provider';

describe('what an OpenID provider says of itself', () => {
  const clock = new FakeClock('2026-03-01T12:00:00Z');
  let server: Server;
  let signIn: SignInConfig;
  let asked = 0;
  let answer: RequestListener;
  beforeEach(async () => {
    asked = 0;
    server = createServer((request, response) => {
      asked += 1;
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/scc`;
    signIn = {
      ...{ issuer, clientId: 'console', clientSecret: undefined, scopes: 'openid', audience: undefined },
      publicUrl: 'http://backups.test/',
    };
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const saying =
    (document: object): RequestListener =>
    (_request, response) => {
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(document));
    };
  const ask = (provider = new OpenIdProvider(clock)) => provider.configuration(signIn);
  const away = { code: 'auth.provider_unavailable', reason: 'discovery' };

  it('is kept for a minute', async () => {
    answer = saying({ issuer: signIn.issuer, authorization_endpoint: `${signIn.issuer}/auth` });
    const provider = new OpenIdProvider(clock);
    const first = await ask(provider);
    expect(first.serverMetadata().authorization_endpoint).toBe(`${signIn.issuer}/auth`);
    expect(await ask(provider)).toBe(first);
    expect(asked).toBe(1);
    clock.set(new Date(clock.now().getTime() + 60_000));
    expect(await ask(provider)).not.toBe(first);
    expect(asked).toBe(2);
  });

  it.each<[string, () => RequestListener]>([
    [
      'that it is another issuer',
      () => saying({ issuer: 'https://evil.example', authorization_endpoint: 'https://x' }),
    ],
    ['nothing that can be read', () => (_request, response) => void response.end('<html>')],
    ['that something is wrong', () => (_request, response) => void response.writeHead(500).end()],
    // Two seconds, and not the half a minute that the library would wait.
    ['nothing at all', () => () => undefined],
  ])('is not believed when it says %s', async (_, listener) => {
    answer = listener();
    await expect(ask()).rejects.toMatchObject(away);
  });

  it('cannot be known while the provider is not there, and is asked for again', async () => {
    const provider = new OpenIdProvider(clock);
    const { port } = server.address() as AddressInfo;
    server.close();
    await expect(ask(provider)).rejects.toMatchObject(away);
    answer = saying({ issuer: signIn.issuer });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    await expect(ask(provider)).resolves.toBeDefined();
  });
});
