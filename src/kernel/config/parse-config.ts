import { BlockList } from 'node:net';
import { availableParallelism, hostname } from 'node:os';
import { KeyRing } from '../../engine/container/keys/key-ring';
import { type OperatorKey, parseOperatorKey } from '../../engine/container/keys/operator-key';
import { type DatabaseAddress, withDatabase } from '../../engine/address/database-address';
import type { z } from 'zod';
import { ROLES } from '../request/permissions';
import type { AppConfig, AuthConfig } from './config';
import { readPreviousKeys, readRoles, readScopes } from './config-files';
import { type Environment, surroundingsOf } from './environment';
import { readVariables } from './read-variables';
import { isSameDatabase } from './same-database';
import { SCC_SCOPES } from './scc-scopes';
import { derivedSigningKey } from './signing-key';
import { ValueReader } from './value-reader';
import * as shape from './value-shapes';
import type { VariableName } from './variables';
import { WEBHOOK_FORMATS } from './webhook-format';

/** Stands where there is no address: then `finish` refuses. */
const NOWHERE: DatabaseAddress = {
  places: [{ host: '', port: 0 }],
  user: '',
  database: '',
  sslMode: 'prefer',
  tls: {},
};

/**
 * Validates an environment and makes the configuration of it.
 *
 * @throws ConfigError that names every variable that is missing or wrong, and never a value
 */
export function parseConfig(environment: Environment): AppConfig {
  const { values, problems } = readVariables(environment);
  const read = new ValueReader(values, problems);
  const appEnv = read.value('APP_ENV', shape.text) ?? 'dev';
  const isDevelopment = appEnv === 'dev';
  const address = shape.databaseAddress(surroundingsOf(environment));
  const target = read.required('BERKUT_DB_URL', address);
  const control = readControl(read, { isDevelopment, target, address });
  const key = read.required('BACKUP_ENCRYPTION_KEY', shape.operatorKey);
  const auditKey = read.value('BERKUT_AUDIT_SIGNING_KEY', shape.secret);
  const maintenanceDatabase = read.value('BERKUT_BACKUP_MAINTENANCE_DB', shape.text) ?? 'postgres';
  if (target?.database === maintenanceDatabase) {
    read.problem(
      'BERKUT_BACKUP_MAINTENANCE_DB',
      'is the target database: a restore works through another database of the server',
    );
  }
  const config = {
    appEnv,
    target: target ?? NOWHERE,
    control: { ...(control ?? NOWHERE), purpose: 'control database' as const },
    storagePath: read.value('BERKUT_BACKUP_PATH', shape.directory) ?? 'data/backups',
    keyRing: readKeyRing(read, key),
    allowMissingKeys: read.value('BERKUT_BACKUP_ALLOW_MISSING_KEYS', shape.flag) ?? false,
    pgDumpBin: read.value('BERKUT_BACKUP_PGDUMP_BIN', shape.text),
    maxParallelBackups: read.value('BERKUT_BACKUP_MAX_PARALLEL', shape.wholeNumber(1, 16)) ?? 1,
    jobs: read.value('BERKUT_BACKUP_JOBS', shape.wholeNumber(1, 64)) ?? Math.min(availableParallelism(), 4),
    uploadMaxBytes:
      read.value('BERKUT_BACKUP_UPLOAD_MAX_BYTES', shape.wholeNumber(1, Number.MAX_SAFE_INTEGER)) ?? 512 * 1024 * 1024,
    uploadStallSeconds: read.value('BERKUT_BACKUP_UPLOAD_STALL_SECONDS', shape.wholeNumber(1, 3600)) ?? 30,
    maxQueuedBackups: read.value('BERKUT_BACKUP_MAX_QUEUED', shape.wholeNumber(1, 10_000)) ?? 50,
    compressionLevel: read.value('BERKUT_BACKUP_COMPRESSION_LEVEL', shape.wholeNumber(1, 19)) ?? 1,
    filesPath: read.value('BERKUT_BACKUP_FILES_PATH', shape.directory),
    scopes: read.value('BERKUT_BACKUP_SCOPES_FILE', shape.file(readScopes)) ?? new Map(Object.entries(SCC_SCOPES)),
    schemaVersionQuery: read.value('BERKUT_BACKUP_SCHEMA_VERSION_QUERY', shape.text),
    migrateCommand: read.value('BERKUT_BACKUP_MIGRATE_COMMAND', shape.text),
    restore: {
      maintenanceDatabase,
      strategy: read.value('BERKUT_BACKUP_RESTORE_STRATEGY', shape.choice(['auto', 'swap', 'in_place'])) ?? 'auto',
      keepPreviousHours: read.value('BERKUT_BACKUP_KEEP_PREVIOUS_HOURS', shape.wholeNumber(0, 8760)) ?? 24,
      confirm: read.value('BERKUT_BACKUP_RESTORE_CONFIRM', shape.flag) ?? false,
      testAutoEnabled: read.value('BERKUT_BACKUP_RESTORE_TEST_AUTO_ENABLED', shape.flag) ?? true,
      testIntervalHours: read.value('BERKUT_BACKUP_RESTORE_TEST_INTERVAL_HOURS', shape.wholeNumber(1, 8760)) ?? 168,
    },
    scheduler: {
      enabled: read.value('BERKUT_SCHEDULER_ENABLED', shape.flag) ?? true,
      intervalSeconds: read.value('BERKUT_SCHEDULER_INTERVAL_SECONDS', shape.wholeNumber(1, 3600)) ?? 60,
    },
    notices: readNotices(read),
    timezone: read.value('BERKUT_TIMEZONE', shape.timezone) ?? 'UTC',
    http: {
      host: read.value('BERKUT_HTTP_HOST', shape.text) ?? '127.0.0.1',
      port: read.value('BERKUT_HTTP_PORT', shape.wholeNumber(0, 65_535)) ?? 8080,
      // The web UI polls three routes every few seconds from each open tab; ten tabs of one person stay far below.
      requestsPerMinute: read.value('BERKUT_HTTP_REQUESTS_PER_MINUTE', shape.wholeNumber(1, 1_000_000)) ?? 1_200,
      trustedProxies: read.value('BERKUT_TRUSTED_PROXIES', shape.addresses) ?? new BlockList(),
    },
    management: {
      host: read.value('BERKUT_MANAGEMENT_HOST', shape.text) ?? '127.0.0.1',
      port: read.value('BERKUT_MANAGEMENT_PORT', shape.wholeNumber(0, 65_535)) ?? 8081,
    },
    shutdownGraceSeconds: read.value('BERKUT_SHUTDOWN_GRACE_SECONDS', shape.wholeNumber(0, 86_400)) ?? 20,
    auth: readAuth(read, isDevelopment),
    roles: read.value('BERKUT_RBAC_FILE', shape.file(readRoles)) ?? ROLES,
    auditSigningKey: auditKey ?? (key === undefined ? new Uint8Array() : derivedSigningKey(key)),
    hasAuditKey: auditKey !== undefined,
    logLevel:
      read.value('LOG_LEVEL', shape.choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])) ?? 'info',
  };
  read.finish();
  for (const part of Object.values(config))
    if (part instanceof Object && !(part instanceof Uint8Array)) Object.freeze(part);
  return Object.freeze(config);
}

/** In development it stands beside the target. Elsewhere the operator has to choose a safe place for it. */
function readControl(
  read: ValueReader,
  {
    isDevelopment,
    target,
    address,
  }: {
    readonly isDevelopment: boolean;
    readonly target: DatabaseAddress | undefined;
    readonly address: ReturnType<typeof shape.databaseAddress>;
  },
): DatabaseAddress | undefined {
  if (!isDevelopment) read.required('BERKUT_BACKUP_CONTROL_DB_URL', shape.text);
  const given = read.value('BERKUT_BACKUP_CONTROL_DB_URL', address);
  if (given === undefined) return target && withDatabase(target, `${target.database}_backups`);
  if (target !== undefined && isSameDatabase(target, given)) {
    read.problem(
      'BERKUT_BACKUP_CONTROL_DB_URL',
      'is the target database: a restore would replace the catalogue of backups',
    );
  }
  // Which of several hosts it is must not depend on which of them is up.
  return given.places.length > 1 && given.sessionAttributes === undefined
    ? { ...given, sessionAttributes: 'read-write' }
    : given;
}

function readKeyRing(read: ValueReader, current: OperatorKey | undefined): KeyRing {
  const previous = read.value('BERKUT_BACKUP_PREVIOUS_KEYS_FILE', shape.file(readPreviousKeys)) ?? [];
  // Without a current key `finish` refuses; the ring is never looked at.
  return new KeyRing(current ?? parseOperatorKey('0'.repeat(64)), previous);
}

function readNotices(read: ValueReader): AppConfig['notices'] {
  const url = read.value('BERKUT_NOTICE_WEBHOOK_URL', shape.webAddress);
  const secret = read.value('BERKUT_NOTICE_WEBHOOK_SECRET', shape.longText);
  const format = read.value('BERKUT_NOTICE_WEBHOOK_FORMAT', shape.choice(WEBHOOK_FORMATS)) ?? 'standard';
  needs(read, 'BERKUT_NOTICE_WEBHOOK_SECRET', 'BERKUT_NOTICE_WEBHOOK_URL');
  needs(read, 'BERKUT_NOTICE_WEBHOOK_FORMAT', 'BERKUT_NOTICE_WEBHOOK_URL');
  // Chat services know a receiver by its secret address, and check no signature.
  if (format === 'standard') needs(read, 'BERKUT_NOTICE_WEBHOOK_URL', 'BERKUT_NOTICE_WEBHOOK_SECRET');
  const [server, to] = bothOrNone(
    read,
    ['BERKUT_NOTICE_SMTP_URL', shape.mailServer],
    ['BERKUT_NOTICE_MAIL_TO', shape.mailAddresses],
  );
  const from = read.value('BERKUT_NOTICE_MAIL_FROM', shape.mailAddress);
  return {
    webhook: url === undefined ? undefined : { url, secret, format },
    heartbeatUrl: read.value('BERKUT_NOTICE_HEARTBEAT_URL', shape.webAddress),
    tellsSuccess: read.value('BERKUT_NOTICE_SUCCESS', shape.flag) ?? false,
    publicUrl: read.value('BERKUT_PUBLIC_URL', shape.webAddress),
    mail: server === undefined || to === undefined ? undefined : { server, to, from: from ?? to[0] ?? '' },
    instance: read.value('BERKUT_NOTICE_INSTANCE', shape.text) ?? hostname(),
    overdueHours: read.value('BERKUT_NOTICE_OVERDUE_HOURS', shape.wholeNumber(0, 8760)) ?? 6,
    shrinkPercent: read.value('BERKUT_NOTICE_SHRINK_PERCENT', shape.wholeNumber(1, 100)) ?? 50,
    minFreeBytes: read.value('BERKUT_NOTICE_MIN_FREE_BYTES', shape.wholeNumber(0, Number.MAX_SAFE_INTEGER)),
  };
}

/** Two variables of which one says nothing without the other. */
function bothOrNone<A extends z.ZodType, B extends z.ZodType>(
  read: ValueReader,
  [one, oneShape]: [VariableName, A],
  [other, otherShape]: [VariableName, B],
): [z.output<A> | undefined, z.output<B> | undefined] {
  needs(read, one, other);
  needs(read, other, one);
  return [read.value(one, oneShape), read.value(other, otherShape)];
}

/** One variable that says nothing without another. */
function needs(read: ValueReader, one: VariableName, other: VariableName): void {
  if (read.has(one) && !read.has(other)) read.problem(other, `is required with ${one}`);
}

function readAuth(read: ValueReader, isDevelopment: boolean): AuthConfig {
  const issuer = read.value('BERKUT_AUTH_ISSUER', shape.text);
  const audience = read.value('BERKUT_AUTH_AUDIENCE', shape.text);
  const url = read.value('BERKUT_AUTH_JWKS_URL', shape.webAddress);
  const secret = read.value('BERKUT_AUTH_JWT_SECRET', shape.secret);
  if (url !== undefined && secret !== undefined) {
    read.problem('BERKUT_AUTH_JWKS_URL and BERKUT_AUTH_JWT_SECRET', 'are both set: tokens have one authority');
  }
  if (url !== undefined) {
    // A provider signs tokens for all of its users and services: without both, any of those tokens would be accepted.
    if (!isDevelopment && issuer === undefined)
      read.problem('BERKUT_AUTH_ISSUER', 'is required with BERKUT_AUTH_JWKS_URL');
    if (!isDevelopment && audience === undefined)
      read.problem('BERKUT_AUTH_AUDIENCE', 'is required with BERKUT_AUTH_JWKS_URL');
    return { kind: 'jwks', url, issuer, audience };
  }
  if (secret === undefined && !read.has('BERKUT_AUTH_JWT_SECRET') && !read.has('BERKUT_AUTH_JWKS_URL')) {
    read.problem('BERKUT_AUTH_JWKS_URL or BERKUT_AUTH_JWT_SECRET', 'is required');
  }
  return { kind: 'secret', secret: secret ?? new Uint8Array(), issuer, audience };
}
