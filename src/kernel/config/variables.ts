/** A variable of the configuration. */
export interface Variable {
  /** Other names of it, older ones among them. */
  readonly aliases?: readonly string[];
  /** May be given as a path in `<NAME>_FILE`, and is never shown. */
  readonly isSecret?: boolean;
  /** In words, for people; the parser has the value. */
  readonly fallback: string;
  readonly meaning: string;
}

/** Every variable the service knows, in the order in which people should read about them. */
export const VARIABLES = {
  APP_ENV: { fallback: 'dev', meaning: '`dev` fills in what is missing for a trial; any other value does not' },
  BERKUT_DB_URL: { isSecret: true, fallback: 'embedded server (dev only)', meaning: 'target database' },
  BERKUT_BACKUP_CONTROL_DB_URL: {
    isSecret: true,
    fallback: 'dev: same server, `<target>_backups`',
    meaning: 'control database, made when missing; never the target',
  },
  BERKUT_BACKUP_PATH: { aliases: ['BACKUP_PATH'], fallback: 'data/backups', meaning: 'storage directory' },
  BACKUP_ENCRYPTION_KEY: {
    aliases: ['BERKUT_BACKUP_ENCRYPTION_KEY'],
    isSecret: true,
    fallback: 'made and kept in dev',
    meaning: 'key that seals new backups: 64 hex digits',
  },
  BERKUT_BACKUP_PREVIOUS_KEYS_FILE: { fallback: 'none', meaning: 'file with older keys, for reading, one a line' },
  BERKUT_BACKUP_ALLOW_MISSING_KEYS: {
    fallback: 'false',
    meaning: 'start although there are backups that no key of the ring opens',
  },
  BERKUT_BACKUP_PGDUMP_BIN: {
    aliases: ['BACKUP_PGDUMP_BIN'],
    fallback: 'the installed one that fits the server',
    meaning: 'path of `pg_dump`; `pg_restore` and `psql` are taken from beside it',
  },
  BERKUT_BACKUP_MAX_PARALLEL: {
    aliases: ['BACKUP_MAX_PARALLEL'],
    fallback: '1',
    meaning: 'backups running at once, 1–16; more wait in order',
  },
  BERKUT_BACKUP_JOBS: { fallback: 'cores, at most 4', meaning: 'streams of one dump or restore, 1–64' },
  BERKUT_BACKUP_UPLOAD_MAX_BYTES: {
    aliases: ['BACKUP_UPLOAD_MAX_BYTES'],
    fallback: '536870912',
    meaning: 'largest file that can be imported, bytes',
  },
  BERKUT_BACKUP_UPLOAD_STALL_SECONDS: {
    fallback: '30',
    meaning: 'seconds after which an import that sends less than a kilobyte a second is ended, 1–3600',
  },
  BERKUT_BACKUP_MAX_QUEUED: {
    fallback: '50',
    meaning: 'backups that may wait for their turn; more are refused with 409',
  },
  BERKUT_BACKUP_COMPRESSION_LEVEL: { fallback: '1', meaning: 'zstd level, 1–19' },
  BERKUT_BACKUP_FILES_PATH: { fallback: 'none', meaning: 'directory of application files for `include_files`' },
  BERKUT_BACKUP_SCOPES_FILE: { fallback: 'the scopes of SCC', meaning: 'JSON file: scope name → tables in `public`' },
  BERKUT_BACKUP_SCHEMA_VERSION_QUERY: {
    fallback: 'goose’s table, when there is one',
    meaning: 'query whose first value is the schema version',
  },
  BERKUT_BACKUP_MIGRATE_COMMAND: {
    fallback: 'none',
    meaning: 'shell command that migrates an older backup; finds the database in `BERKUT_DB_URL`',
  },
  BERKUT_BACKUP_MAINTENANCE_DB: {
    fallback: 'postgres',
    meaning: 'database of the target’s server through which it is replaced',
  },
  BERKUT_BACKUP_RESTORE_STRATEGY: { fallback: 'auto', meaning: '`auto`, `swap` or `in_place`' },
  BERKUT_BACKUP_KEEP_PREVIOUS_HOURS: {
    fallback: '24',
    meaning: 'how long the replaced database is kept, hours; 0 keeps none',
  },
  BERKUT_BACKUP_RESTORE_CONFIRM: {
    fallback: 'false',
    meaning: 'a restore must name the target database in `confirm`',
  },
  BERKUT_BACKUP_RESTORE_TEST_AUTO_ENABLED: { fallback: 'true', meaning: 'scheduled restore tests' },
  BERKUT_BACKUP_RESTORE_TEST_INTERVAL_HOURS: { fallback: '168', meaning: 'hours between restore tests' },
  BERKUT_SCHEDULER_ENABLED: { fallback: 'true', meaning: 'scheduled jobs run in this process' },
  BERKUT_SCHEDULER_INTERVAL_SECONDS: { fallback: '60', meaning: 'seconds between looks at the plan' },
  BERKUT_NOTICE_WEBHOOK_URL: { isSecret: true, fallback: 'none', meaning: 'where notices are posted' },
  BERKUT_NOTICE_WEBHOOK_SECRET: {
    isSecret: true,
    fallback: 'none',
    meaning: 'signs what is posted, 32 characters or more; `whsec_…` is Base64',
  },
  BERKUT_NOTICE_WEBHOOK_FORMAT: {
    fallback: 'standard',
    meaning: 'shape of what is posted: `standard` (Standard Webhooks), `slack`, `mattermost`, `discord` or `teams`',
  },
  BERKUT_NOTICE_HEARTBEAT_URL: {
    isSecret: true,
    fallback: 'none',
    meaning:
      'called for each scheduled backup and restore test: as it is for success, with `/start` and `/fail` otherwise',
  },
  BERKUT_NOTICE_SUCCESS: {
    fallback: 'false',
    meaning: 'webhook and mail tell of each good scheduled backup and restore test, too',
  },
  BERKUT_NOTICE_SMTP_URL: {
    isSecret: true,
    fallback: 'none',
    meaning: 'mail server for notices: `smtp://user:password@host:587` or `smtps://…`',
  },
  BERKUT_NOTICE_MAIL_TO: { fallback: 'none', meaning: 'who gets the mails, with commas between them' },
  BERKUT_NOTICE_MAIL_FROM: { fallback: 'the first who gets them', meaning: 'sender of the mails' },
  BERKUT_NOTICE_INSTANCE: { fallback: 'name of the host', meaning: 'what notices call this installation' },
  BERKUT_PUBLIC_URL: { fallback: 'none', meaning: 'address where people look, for the link in notices' },
  BERKUT_NOTICE_OVERDUE_HOURS: {
    fallback: '6',
    meaning: 'hours after a due time until its backup is missed',
  },
  BERKUT_NOTICE_SHRINK_PERCENT: {
    fallback: '50',
    meaning: 'by how much data or rows of a backup may fall before it is suspicious, percent',
  },
  BERKUT_NOTICE_MIN_FREE_BYTES: {
    fallback: 'three times the newest backup',
    meaning: 'free space of the storage below which there is an alert',
  },
  BERKUT_TIMEZONE: { aliases: ['TZ'], fallback: 'UTC', meaning: 'default time zone of the plan (IANA name)' },
  BERKUT_HTTP_HOST: { fallback: '127.0.0.1', meaning: 'address of the API' },
  BERKUT_HTTP_PORT: { fallback: '8080', meaning: 'port of the API; 0 takes a free one' },
  BERKUT_HTTP_REQUESTS_PER_MINUTE: {
    fallback: '1200',
    meaning: 'requests that one caller may send in a minute; the status of a restore is not counted',
  },
  BERKUT_TRUSTED_PROXIES: {
    fallback: 'none',
    meaning:
      'addresses and networks of reverse proxies that are believed about where a request comes from, with commas between them',
  },
  BERKUT_MANAGEMENT_HOST: { fallback: '127.0.0.1', meaning: 'address of the probes' },
  BERKUT_MANAGEMENT_PORT: { fallback: '8081', meaning: 'port of the probes; 0 takes a free one' },
  BERKUT_SHUTDOWN_GRACE_SECONDS: {
    fallback: '20',
    meaning:
      'seconds in which what runs (backups, restores, up- and downloads) may end when the service is told to stop',
  },
  BERKUT_AUTH_JWKS_URL: { fallback: 'none', meaning: 'keys of an OpenID provider (RS256, PS256, ES256, EdDSA)' },
  BERKUT_AUTH_ISSUER: { fallback: 'not checked', meaning: 'required `iss` of a token; must be set with a provider' },
  BERKUT_AUTH_AUDIENCE: { fallback: 'not checked', meaning: 'required `aud` of a token; must be set with a provider' },
  BERKUT_AUTH_JWT_SECRET: {
    isSecret: true,
    fallback: 'made and kept in dev',
    meaning: 'shared secret of HS256 tokens, 32 bytes or more; instead of a provider',
  },
  BERKUT_RBAC_FILE: { fallback: 'the built-in roles', meaning: 'JSON file that adds roles or replaces the map' },
  BERKUT_AUDIT_SIGNING_KEY: {
    isSecret: true,
    fallback: 'derived from the backup key',
    meaning: 'signs the audit log, and nothing else counts then; 32 bytes or more, not a key of the backups',
  },
  LOG_LEVEL: { fallback: 'info', meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`' },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;
