import {
  customFetch,
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type CryptoKey,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
} from 'jose';
import { DAY_MS } from '../clock/durations';

/** An unknown key is asked for at most this often, so that a caller cannot make us hammer the provider. */
const COOLDOWN_MS = 5_000;
const ANSWER_WITHIN_MS = 5_000;
/** As long as the provider answers, its keys are asked for again after this time, so that one it has withdrawn is gone. */
const FRESH_FOR_MS = 600_000;
/** A provider that does not answer is left alone for this time, as long as its last answer will do. */
const NOT_ASKED_AGAIN_MS = 30_000;
/** If the provider is down, its last answer counts for this long: an operator who restores at night must not wait for it. */
const LAST_ANSWER_COUNTS_MS = DAY_MS;

/** The provider of the keys gives no answer, or none that is a set of keys. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  constructor(cause: unknown) {
    super('the provider of the keys does not answer', { cause });
  }
}

/** The public keys of an OpenID provider: fetched when needed, kept, and still used for a day when it does not answer. */
export class ProviderKeys {
  private readonly remote: ReturnType<typeof createRemoteJWKSet>;
  private answeredAtMs = 0;
  private failedAtMs = Number.NEGATIVE_INFINITY;

  /** @param url of the provider's JWKS document */
  constructor(url: string) {
    this.remote = createRemoteJWKSet(new URL(url), {
      cooldownDuration: COOLDOWN_MS,
      timeoutDuration: ANSWER_WITHIN_MS,
      cacheMaxAge: FRESH_FOR_MS,
      [customFetch]: async (...request) =>
        fetch(...request).catch((error: unknown) => {
          throw new ProviderError(error);
        }),
    });
  }

  /**
   * The key that a token's header names.
   *
   * @throws ProviderError when the provider does not answer and has not for a day; anything else when it has no such key, or
   *   one that cannot be used
   */
  readonly get = async (header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> => {
    const known = this.remote.jwks();
    // While the provider is down, callers must not each wait for it.
    if (known !== undefined && Date.now() - this.failedAtMs < NOT_ASKED_AGAIN_MS && this.isUsable())
      return createLocalJWKSet(known)(header, token);
    try {
      const key = await this.remote(header, token);
      if (this.remote.fresh) this.answeredAtMs = Date.now();
      return key;
    } catch (error) {
      if (!isOfProvider(error)) throw error;
      this.failedAtMs = Date.now();
      if (known === undefined || !this.isUsable()) throw new ProviderError(error);
      return createLocalJWKSet(known)(header, token);
    }
  };

  private isUsable(): boolean {
    return Date.now() - this.answeredAtMs <= LAST_ANSWER_COUNTS_MS;
  }
}

/** Everything else is about the key that the token names: not there, too short, of a kind that cannot be read. */
function isOfProvider(error: unknown): boolean {
  return (
    error instanceof ProviderError ||
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')
  );
}
