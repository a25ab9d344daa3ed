import { readRoles } from './config-files';
import { MANAGEMENT } from './management';
import * as shape from './value-shapes';
import type { Section } from './variable';
import { webAddress } from './web-address';
import { WEBHOOK_FORMATS } from './webhook-format';

export const NOTICES = {
  BERKUT_NOTICE_WEBHOOK_URL: {
    isSecret: true,
    shape: webAddress,
    otherwise: 'none',
    meaning: 'where notices are posted',
  },
  BERKUT_NOTICE_WEBHOOK_SECRET: {
    isSecret: true,
    shape: shape.longText,
    otherwise: 'none',
    meaning: 'signs what is posted, 32 characters or more; `whsec_…` is Base64',
  },
  BERKUT_NOTICE_WEBHOOK_FORMAT: {
    shape: shape.choice(WEBHOOK_FORMATS),
    default: 'standard',
    meaning: 'shape of what is posted: `standard` (Standard Webhooks), `slack`, `mattermost`, `discord` or `teams`',
  },
  BERKUT_NOTICE_HEARTBEAT_URL: {
    isSecret: true,
    shape: webAddress,
    otherwise: 'none',
    meaning:
      'called for each scheduled backup and restore test: as it is for success, with `/start` and `/fail` otherwise',
  },
  BERKUT_NOTICE_SUCCESS: {
    shape: shape.flag,
    default: 'false',
    meaning: 'webhook and mail tell of each good scheduled backup and restore test, too',
  },
  BERKUT_NOTICE_SMTP_URL: {
    isSecret: true,
    shape: shape.mailServer,
    otherwise: 'none',
    meaning: 'mail server for notices: `smtp://user:password@host:587` or `smtps://…`',
  },
  BERKUT_NOTICE_MAIL_TO: {
    shape: shape.mailAddresses,
    otherwise: 'none',
    meaning: 'who gets the mails, with commas between them',
  },
  BERKUT_NOTICE_MAIL_FROM: {
    shape: shape.mailAddress,
    otherwise: 'the first who gets them',
    meaning: 'sender of the mails',
  },
  BERKUT_NOTICE_INSTANCE: {
    shape: shape.text,
    otherwise: 'name of the host',
    meaning: 'what notices call this installation',
  },
  BERKUT_PUBLIC_URL: {
    shape: webAddress,
    otherwise: 'none',
    meaning: 'address of the console in browsers, for the link in notices and for signing in',
  },
  BERKUT_NOTICE_OVERDUE_HOURS: {
    shape: shape.wholeNumber(0, 8760),
    default: '6',
    meaning: 'hours after a due time until its backup is missed',
  },
  BERKUT_NOTICE_SHRINK_PERCENT: {
    shape: shape.wholeNumber(1, 100),
    default: '50',
    meaning: 'by how much data or rows of a backup may fall before it is suspicious, percent',
  },
  BERKUT_NOTICE_MIN_FREE_BYTES: {
    shape: shape.wholeNumber(0, Number.MAX_SAFE_INTEGER),
    otherwise: 'three times the newest backup',
    meaning: 'free space of the storage below which there is an alert',
  },
} as const satisfies Section;

export const PROCESS = {
  BERKUT_TIMEZONE: {
    aliases: ['TZ'],
    shape: shape.timezone,
    default: 'UTC',
    meaning: 'default time zone of the plan (IANA name)',
  },
  BERKUT_HTTP_HOST: { shape: shape.text, default: '127.0.0.1', meaning: 'address of the API' },
  BERKUT_HTTP_PORT: {
    shape: shape.wholeNumber(0, 65_535),
    default: '8080',
    meaning: 'port of the API; 0 takes a free one',
  },
  BERKUT_HTTP_REQUESTS_PER_MINUTE: {
    shape: shape.wholeNumber(1, 1_000_000),
    default: '1200',
    meaning: 'requests that one caller may send in a minute; the status of a restore is not counted',
  },
  BERKUT_TRUSTED_PROXIES: {
    shape: shape.addresses,
    otherwise: 'none',
    meaning:
      'addresses and networks of reverse proxies that are believed about where a request comes from, with commas between them',
  },
  BERKUT_MANAGEMENT_HOST: { shape: shape.text, default: MANAGEMENT.host, meaning: 'address of the probes' },
  BERKUT_MANAGEMENT_PORT: {
    shape: shape.wholeNumber(0, 65_535),
    default: MANAGEMENT.port,
    meaning: 'port of the probes; 0 takes a free one',
  },
  BERKUT_SHUTDOWN_GRACE_SECONDS: {
    shape: shape.wholeNumber(0, 86_400),
    default: '20',
    meaning:
      'seconds in which what runs (backups, restores, up- and downloads) may end when the service is told to stop',
  },
} as const satisfies Section;

export const CALLERS = {
  BERKUT_AUTH_JWKS_URL: {
    shape: webAddress,
    otherwise: 'none',
    meaning: 'keys of an OpenID provider (RS256, PS256, ES256, EdDSA)',
  },
  BERKUT_AUTH_ISSUER: {
    shape: shape.text,
    otherwise: 'not checked',
    meaning: 'required `iss` of a token; must be set with a provider',
  },
  BERKUT_AUTH_AUDIENCE: {
    shape: shape.text,
    otherwise: 'not checked',
    meaning: 'required `aud` of a token; must be set with a provider',
  },
  BERKUT_AUTH_JWT_SECRET: {
    isSecret: true,
    shape: shape.secret,
    otherwise: 'made and kept in dev',
    meaning: 'shared secret of HS256 tokens, 32 bytes or more; instead of a provider',
  },
  BERKUT_AUTH_CLIENT_ID: {
    shape: shape.text,
    otherwise: 'none',
    meaning: 'name of the console at the provider: people sign in there; needs `BERKUT_PUBLIC_URL`',
  },
  BERKUT_AUTH_CLIENT_SECRET: {
    isSecret: true,
    shape: shape.text,
    otherwise: 'none',
    meaning: 'secret of the console at a provider that wants one',
  },
  BERKUT_AUTH_SCOPES: {
    shape: shape.text,
    default: 'openid',
    meaning: 'scopes that the console asks the provider for, with spaces between them',
  },
  BERKUT_RBAC_FILE: {
    shape: shape.file(readRoles),
    otherwise: 'the built-in roles',
    meaning: 'JSON file that adds roles or replaces the map',
  },
} as const satisfies Section;

export const LOGS = {
  BERKUT_AUDIT_SIGNING_KEY: {
    isSecret: true,
    shape: shape.secret,
    otherwise: 'derived from the backup key',
    meaning: 'signs the audit log, and nothing else counts then; 32 bytes or more, not a key of the backups',
  },
  LOG_LEVEL: {
    shape: shape.choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    default: 'info',
    meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`',
  },
} as const satisfies Section;
