import type { z } from 'zod';
import { readPreviousKeys, readRoles, readScopes } from './config-files';
import { MANAGEMENT } from './management';
import * as shape from './value-shapes';
import { WEBHOOK_FORMATS } from './webhook-format';

/** A variable of the configuration. */
export interface Variable {
  /** Other names of it, older ones among them. */
  readonly aliases?: readonly string[];
  /** May be given as a path in `<NAME>_FILE`, and is never shown. */
  readonly isSecret?: boolean;
  /** What its text becomes, and what is wrong with one. */
  readonly shape: z.ZodType;
  /** What counts when it is not set, as it would be typed. */
  readonly default?: string;
  /** Where that depends on something else, in words for people; {@link parseConfig} has the value. */
  readonly otherwise?: string;
  /** For the documents. */
  readonly meaning: string;
}

type Section = Readonly<Record<string, Variable>>;

const WHERE = {
  APP_ENV: {
    shape: shape.text,
    default: 'dev',
    meaning: '`dev` fills in what is missing for a trial; any other value does not',
  },
  // What a URL of a database leaves out comes from around the process, so the parser has its shape.
  BERKUT_DB_URL: {
    isSecret: true,
    shape: shape.text,
    otherwise: 'embedded server (dev only)',
    meaning: 'target database',
  },
  BERKUT_BACKUP_CONTROL_DB_URL: {
    isSecret: true,
    shape: shape.text,
    otherwise: 'dev: same server, `<target>_backups`',
    meaning: 'control database, made when missing; never the target',
  },
  BERKUT_BACKUP_PATH: {
    aliases: ['BACKUP_PATH'],
    shape: shape.directory,
    default: 'data/backups',
    meaning: 'storage directory',
  },
  BACKUP_ENCRYPTION_KEY: {
    aliases: ['BERKUT_BACKUP_ENCRYPTION_KEY'],
    isSecret: true,
    shape: shape.operatorKey,
    otherwise: 'made and kept in dev',
    meaning: 'key that seals new backups: 64 hex digits',
  },
  BERKUT_BACKUP_PREVIOUS_KEYS_FILE: {
    shape: shape.file(readPreviousKeys),
    otherwise: 'none',
    meaning: 'file with older keys, for reading, one a line',
  },
  BERKUT_BACKUP_ALLOW_MISSING_KEYS: {
    shape: shape.flag,
    default: 'false',
    meaning: 'start although there are backups that no key of the ring opens',
  },
} as const satisfies Section;

const BACKUPS = {
  BERKUT_BACKUP_PGDUMP_BIN: {
    aliases: ['BACKUP_PGDUMP_BIN'],
    shape: shape.text,
    otherwise: 'the installed one that fits the server',
    meaning: 'path of `pg_dump`; `pg_restore` and `psql` are taken from beside it',
  },
  BERKUT_BACKUP_MAX_PARALLEL: {
    aliases: ['BACKUP_MAX_PARALLEL'],
    shape: shape.wholeNumber(1, 16),
    default: '1',
    meaning: 'backups running at once, 1–16; more wait in order',
  },
  BERKUT_BACKUP_JOBS: {
    shape: shape.wholeNumber(1, 64),
    otherwise: 'cores, at most 4',
    meaning: 'streams of one dump or restore, 1–64',
  },
  BERKUT_BACKUP_UPLOAD_MAX_BYTES: {
    aliases: ['BACKUP_UPLOAD_MAX_BYTES'],
    shape: shape.wholeNumber(1, Number.MAX_SAFE_INTEGER),
    default: '536870912',
    meaning: 'largest file that can be imported, bytes',
  },
  BERKUT_BACKUP_UPLOAD_STALL_SECONDS: {
    shape: shape.wholeNumber(1, 3600),
    default: '30',
    meaning: 'seconds after which an import that sends less than a kilobyte a second is ended, 1–3600',
  },
  BERKUT_BACKUP_MAX_QUEUED: {
    shape: shape.wholeNumber(1, 10_000),
    default: '50',
    meaning: 'backups that may wait for their turn; more are refused with 409',
  },
  BERKUT_BACKUP_COMPRESSION_LEVEL: { shape: shape.wholeNumber(1, 19), default: '1', meaning: 'zstd level, 1–19' },
  BERKUT_BACKUP_FILES_PATH: {
    shape: shape.directory,
    otherwise: 'none',
    meaning: 'directory of application files for `include_files`',
  },
  BERKUT_BACKUP_SCOPES_FILE: {
    shape: shape.file(readScopes),
    otherwise: 'the scopes of SCC',
    meaning: 'JSON file: scope name → tables in `public`',
  },
  BERKUT_BACKUP_SCHEMA_VERSION_QUERY: {
    shape: shape.text,
    otherwise: 'goose’s table, when there is one',
    meaning: 'query whose first value is the schema version',
  },
  BERKUT_BACKUP_MIGRATE_COMMAND: {
    shape: shape.text,
    otherwise: 'none',
    meaning: 'shell command that migrates an older backup; finds the database in `BERKUT_DB_URL`',
  },
} as const satisfies Section;

const RESTORES = {
  BERKUT_BACKUP_MAINTENANCE_DB: {
    shape: shape.text,
    default: 'postgres',
    meaning: 'database of the target’s server through which it is replaced',
  },
  BERKUT_BACKUP_RESTORE_STRATEGY: {
    shape: shape.choice(['auto', 'swap', 'in_place']),
    default: 'auto',
    meaning: '`auto`, `swap` or `in_place`',
  },
  BERKUT_BACKUP_KEEP_PREVIOUS_HOURS: {
    shape: shape.wholeNumber(0, 8760),
    default: '24',
    meaning: 'how long the replaced database is kept, hours; 0 keeps none',
  },
  BERKUT_BACKUP_RESTORE_CONFIRM: {
    shape: shape.flag,
    default: 'false',
    meaning: 'a restore must name the target database in `confirm`',
  },
  BERKUT_BACKUP_RESTORE_TEST_AUTO_ENABLED: { shape: shape.flag, default: 'true', meaning: 'scheduled restore tests' },
  BERKUT_BACKUP_RESTORE_TEST_INTERVAL_HOURS: {
    shape: shape.wholeNumber(1, 8760),
    default: '168',
    meaning: 'hours between restore tests',
  },
} as const satisfies Section;

const PLAN = {
  BERKUT_SCHEDULER_ENABLED: { shape: shape.flag, default: 'true', meaning: 'scheduled jobs run in this process' },
  BERKUT_SCHEDULER_INTERVAL_SECONDS: {
    shape: shape.wholeNumber(1, 3600),
    default: '60',
    meaning: 'seconds between looks at the plan',
  },
} as const satisfies Section;

const NOTICES = {
  BERKUT_NOTICE_WEBHOOK_URL: {
    isSecret: true,
    shape: shape.webAddress,
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
    shape: shape.webAddress,
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
    shape: shape.webAddress,
    otherwise: 'none',
    meaning: 'address where people look, for the link in notices',
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

const PROCESS = {
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

const CALLERS = {
  BERKUT_AUTH_JWKS_URL: {
    shape: shape.webAddress,
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
  BERKUT_RBAC_FILE: {
    shape: shape.file(readRoles),
    otherwise: 'the built-in roles',
    meaning: 'JSON file that adds roles or replaces the map',
  },
} as const satisfies Section;

const LOGS = {
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

/** The variables under the headings of the documents, in the order in which people should read about them. */
export const SECTIONS: Readonly<Record<string, Section>> = {
  'Where everything is': WHERE,
  Backups: BACKUPS,
  Restores: RESTORES,
  'The plan': PLAN,
  Notices: NOTICES,
  'The process': PROCESS,
  'Who may call': CALLERS,
  'Audit log and log': LOGS,
};

/** Every variable that the service knows. */
export const VARIABLES = {
  ...WHERE,
  ...BACKUPS,
  ...RESTORES,
  ...PLAN,
  ...NOTICES,
  ...PROCESS,
  ...CALLERS,
  ...LOGS,
};

export type VariableName = keyof typeof VARIABLES;

/** The variables that always have a value. */
export type NameWithDefault = {
  [Name in VariableName]: (typeof VARIABLES)[Name] extends { default: string } ? Name : never;
}[VariableName];

/** What a variable is once it is read. */
export type ValueOf<Name extends VariableName> = z.output<(typeof VARIABLES)[Name]['shape']>;
