import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

const AUDIENCE = 'berkut-backups';
const RESOURCE = 'urn:berkut:backups';
const CLIENT = { client_id: 'console', client_secret: 'a secret of the console, long & odd: %+' };

/** A real OpenID provider at which people sign in to the console. Any name and password will do. */
export interface OpenIdServer {
  readonly issuer: string;
  /** What a service has to be started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether its access tokens are JWTs for the service, or such as only it can read. */
  givesJwts: boolean;
  /** Goes away; a second time does nothing. */
  stop(): Promise<void>;
}

/**
 * Starts one.
 *
 * @param publicUrl of the console, without a slash at its end
 */
export async function openIdServer(publicUrl: string): Promise<OpenIdServer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const made: OpenIdServer = {
    issuer,
    environment: {
      BERKUT_AUTH_JWT_SECRET: '',
      BERKUT_AUTH_JWKS_URL: `${issuer}/jwks`,
      BERKUT_AUTH_ISSUER: issuer,
      BERKUT_AUTH_AUDIENCE: AUDIENCE,
      BERKUT_AUTH_CLIENT_ID: CLIENT.client_id,
      BERKUT_AUTH_CLIENT_SECRET: CLIENT.client_secret,
      BERKUT_PUBLIC_URL: publicUrl,
    },
    givesJwts: true,
    async stop() {
      if (!server.listening) return;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...key, use: 'sig', kid: 'one', alg: 'RS256' }] },
    clients: [
      {
        ...CLIENT,
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: [`${publicUrl}/api/auth/callback`],
        post_logout_redirect_uris: [`${publicUrl}/`],
      },
    ],
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        ...(oidc.client && { clientId: oidc.client.clientId }),
        ...(oidc.session?.accountId !== undefined && { accountId: oidc.session.accountId }),
      });
      grant.addOIDCScope('openid');
      grant.addResourceScope(RESOURCE, 'backups');
      await grant.save();
      return grant;
    },
    features: {
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => made.givesJwts,
        getResourceServerInfo: () => ({
          scope: 'backups',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (_, token) => {
      const name = 'accountId' in token ? token.accountId : '';
      return { name, roles: name === 'guest' ? ['doc_viewer'] : ['backup_operator'] };
    },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => void answer(request, response));
  return made;
}
