import { Injectable } from '@nestjs/common';
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify, type JWTVerifyOptions } from 'jose';
import { z } from 'zod';
import { present } from '../../engine/optional/present';
import { Clock } from '../clock/clock';
import { AppConfig } from '../config/config';
import { AppError } from '../errors/app-error';
import type { Caller } from '../request/caller';
import { type Permission, PERMISSIONS } from '../request/permissions';
import { KnownTokens } from './known-tokens';
import { ProviderError, ProviderKeys } from './provider-keys';
import { checkOf, checkOfClaim, refusedToken } from './token-refusal';

/** Longer ones are not read: no provider needs that much for the claims we look at. */
const MAX_TOKEN_CHARACTERS = 8_192;
const CLOCK_TOLERANCE_SECONDS = 30;
const MAX_NAME_CHARACTERS = 128;
/** A token that is valid for longer is a password that cannot be changed. */
const MAX_LIFE_SECONDS = 31 * 24 * 3600;

/** What no database takes is no name: half a surrogate pair, and the null character. */
const text = z.string().refine((value) => value.isWellFormed() && !value.includes('\0'));

/** The service records its own actions under these names. No caller may have one of them. */
const OWN_NAMES: ReadonlySet<string> = new Set(['service', 'scheduler', 'anonymous']);

const claimsShape = z.object({
  sub: text.min(1).max(256),
  exp: z.number(),
  name: text.min(1).max(MAX_NAME_CHARACTERS).optional(),
  roles: z.array(text.max(64)).max(64).default([]),
});

/** Verifies signed tokens. The algorithm comes from the configuration, never from the token. */
@Injectable()
export class TokenVerifier {
  private readonly algorithms: string[];
  private readonly key: Uint8Array | JWTVerifyGetKey;
  private readonly known = new KnownTokens();

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {
    const { auth } = config;
    this.algorithms = auth.kind === 'secret' ? ['HS256'] : ['RS256', 'PS256', 'ES256', 'EdDSA'];
    this.key = auth.kind === 'secret' ? auth.secret : new ProviderKeys(auth.url).get;
  }

  /**
   * A token that was verified in the last minute and has not expired is not verified again.
   *
   * @param token compact JWS
   * @throws AppError `auth.unauthorized` for any token that is not valid now, `backups.storage_unavailable` when the
   *   provider of the keys cannot be asked
   */
  async verify(token: string): Promise<Caller> {
    if (token.length > MAX_TOKEN_CHARACTERS) throw refusedToken('length');
    const nowMs = this.clock.now().getTime();
    const known = this.known.callerOf(token, nowMs);
    if (known !== undefined) return known;
    const claims = claimsShape.safeParse(await this.claims(token));
    if (!claims.success) throw refusedToken(checkOfClaim(String(claims.error.issues[0]?.path[0])));
    const { sub, exp, name, roles } = claims.data;
    if (exp - nowMs / 1000 > MAX_LIFE_SECONDS + CLOCK_TOLERANCE_SECONDS) {
      throw refusedToken('lifetime');
    }
    const caller = {
      id: sub,
      name: shownName(name ?? sub.slice(0, MAX_NAME_CHARACTERS)),
      roles,
      permissions: this.permissionsOf(roles),
    };
    this.known.keep(token, caller, { nowMs, expiresMs: exp * 1000 });
    return caller;
  }

  private async claims(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.config.auth;
    const options: JWTVerifyOptions = {
      algorithms: this.algorithms,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'sub'],
      currentDate: this.clock.now(),
      ...present({ issuer, audience }),
    };
    try {
      const verified =
        this.key instanceof Uint8Array
          ? await jwtVerify(token, this.key, options)
          : await jwtVerify(token, this.key, options);
      return verified.payload;
    } catch (cause) {
      if (cause instanceof ProviderError) throw new AppError('backups.storage_unavailable', { cause });
      throw refusedToken(checkOf(cause), cause);
    }
  }

  private permissionsOf(roles: readonly string[]): ReadonlySet<Permission> {
    const held = new Set(roles.flatMap((role) => this.config.roles.get(role) ?? []));
    return new Set(PERMISSIONS.filter((permission) => held.has(permission)));
  }
}

function shownName(name: string): string {
  return OWN_NAMES.has(name.normalize('NFKC').trim().toLowerCase()) ? `caller "${name}"` : name;
}
