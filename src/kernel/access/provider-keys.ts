import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type CryptoKey,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
} from 'jose';

/** A key that is not known is asked for at most this often, so that nobody can make us hammer the provider. */
const COOLDOWN_MS = 5_000;
const ANSWER_WITHIN_MS = 5_000;
/** As long as the provider answers, its keys are asked for again after this time, so that one it has withdrawn is gone. */
const FRESH_FOR_MS = 600_000;
/** A provider that does not answer is left alone for this time, as long as its last answer will do. */
const NOT_ASKED_AGAIN_MS = 30_000;
/** For how long its last answer counts when it is down: whoever restores at night must not wait for it. */
const LAST_ANSWER_COUNTS_MS = 24 * 3_600_000;

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
    });
  }

  /**
   * The key that a token's header names.
   *
   * @throws JOSEError when there is none, or the provider does not answer and has not for a day
   */
  readonly get = async (header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> => {
    const known = this.remote.jwks();
    // Whoever comes while the provider is down must not wait for it each time.
    if (known !== undefined && Date.now() - this.failedAtMs < NOT_ASKED_AGAIN_MS && this.isUsable())
      return createLocalJWKSet(known)(header, token);
    try {
      const key = await this.remote(header, token);
      if (this.remote.fresh) this.answeredAtMs = Date.now();
      return key;
    } catch (error) {
      const isAboutKeys = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
      if (isAboutKeys) throw error;
      this.failedAtMs = Date.now();
      if (known === undefined || !this.isUsable()) throw error;
      return createLocalJWKSet(known)(header, token);
    }
  };

  private isUsable(): boolean {
    return Date.now() - this.answeredAtMs <= LAST_ANSWER_COUNTS_MS;
  }
}
