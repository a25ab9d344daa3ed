import { readPreviousKeys, readScopes, readStorages } from './config-files';
import * as shape from './value-shapes';
import type { Section } from './variable';

export const WHERE = {
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
    meaning: 'where backups are kept: a directory, or `s3://bucket/prefix` (docs/storages.md)',
  },
  BERKUT_BACKUP_STORAGES_FILE: {
    shape: shape.file(readStorages),
    otherwise: 'none',
    meaning: 'JSON file: further storages, which keep copies (docs/storages.md)',
  },
  BERKUT_BACKUP_COPY_VERIFY_DAYS: {
    shape: shape.wholeNumber(1, 3650),
    default: '30',
    meaning: 'each file and each copy is read in full once in so many days',
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

export const BACKUPS = {
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
  BERKUT_BACKUP_UPLOADS_PATH: {
    shape: shape.directory,
    otherwise: '`.uploads` in the directory of the backups; with S3 `berkut-uploads` in that for temporary files',
    meaning: 'directory where resumable uploads wait for the rest of their bytes',
  },
  BERKUT_BACKUP_UPLOADS_MAX_BYTES: {
    shape: shape.wholeNumber(1, Number.MAX_SAFE_INTEGER),
    otherwise: 'four times `BERKUT_BACKUP_UPLOAD_MAX_BYTES`',
    meaning: 'bytes that all unfinished resumable uploads may have announced together',
  },
  BERKUT_BACKUP_UPLOADS_PER_CALLER: {
    shape: shape.wholeNumber(1, 100),
    default: '4',
    meaning: 'unfinished resumable uploads of one caller, 1–100',
  },
  BERKUT_BACKUP_UPLOADS_KEEP_HOURS: {
    shape: shape.wholeNumber(1, 720),
    default: '24',
    meaning: 'hours without a byte after which a resumable upload is removed, 1–720',
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

export const RESTORES = {
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
  BERKUT_BACKUP_SCRATCH_READERS: {
    shape: shape.roleNames,
    otherwise: 'none',
    meaning: 'roles of the target’s server that may read the database that a rehearsal keeps, with commas between them',
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

export const PLAN = {
  BERKUT_SCHEDULER_ENABLED: { shape: shape.flag, default: 'true', meaning: 'scheduled jobs run in this process' },
  BERKUT_SCHEDULER_INTERVAL_SECONDS: {
    shape: shape.wholeNumber(1, 3600),
    default: '60',
    meaning: 'seconds between looks at the plan',
  },
} as const satisfies Section;
