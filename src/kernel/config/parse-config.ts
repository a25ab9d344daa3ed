import { BlockList } from 'node:net';
import { availableParallelism, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyRing } from '../../engine/container/keys/key-ring';
import { type OperatorKey, parseOperatorKey } from '../../engine/container/keys/operator-key';
import type { DatabaseAddress } from '../../engine/address/database-address';
import { ROLES } from '../request/permissions';
import type { AppConfig, AuthConfig } from './config';
import { readAddresses } from './database-addresses';
import type { Environment } from './environment';
import { readVariables } from './read-variables';
import { readSignIn } from './sign-in';
import { SCC_SCOPES } from './scc-scopes';
import { derivedSigningKey } from './signing-key';
import { readFurtherPlaces } from './further-places';
import type { StoragePlace } from '../../engine/place/open-storage';
import { readStoragePlace } from './storage-place';
import { ValueReader } from './value-reader';
import type { VariableName } from './variables';

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
  const appEnv = read.value('APP_ENV');
  const isDevelopment = appEnv === 'dev';
  read.required('BERKUT_DB_URL');
  // Outside of development the operator has to choose a safe place for it.
  if (!isDevelopment) read.required('BERKUT_BACKUP_CONTROL_DB_URL');
  const { target, control } = readAddresses(read, environment);
  const key = read.required('BACKUP_ENCRYPTION_KEY');
  const auditKey = read.optional('BERKUT_AUDIT_SIGNING_KEY');
  const maintenanceDatabase = read.value('BERKUT_BACKUP_MAINTENANCE_DB');
  if (target?.database === maintenanceDatabase) {
    read.problem(
      'BERKUT_BACKUP_MAINTENANCE_DB',
      'is the target database: a restore works through another database of the server',
    );
  }
  const storage = readStoragePlace(read);
  const uploadMaxBytes = read.value('BERKUT_BACKUP_UPLOAD_MAX_BYTES');
  const config = {
    appEnv,
    target: target ?? NOWHERE,
    control: control ?? NOWHERE,
    storage,
    furtherStorages: readFurtherPlaces(read, storage),
    copyVerifyDays: read.value('BERKUT_BACKUP_COPY_VERIFY_DAYS'),
    keyRing: readKeyRing(read, key),
    allowMissingKeys: read.value('BERKUT_BACKUP_ALLOW_MISSING_KEYS'),
    pgDumpBin: read.optional('BERKUT_BACKUP_PGDUMP_BIN'),
    maxParallelBackups: read.value('BERKUT_BACKUP_MAX_PARALLEL'),
    jobs: read.optional('BERKUT_BACKUP_JOBS') ?? Math.min(availableParallelism(), 4),
    uploadMaxBytes,
    uploadStallSeconds: read.value('BERKUT_BACKUP_UPLOAD_STALL_SECONDS'),
    uploads: readUploads(read, storage, uploadMaxBytes),
    maxQueuedBackups: read.value('BERKUT_BACKUP_MAX_QUEUED'),
    compressionLevel: read.value('BERKUT_BACKUP_COMPRESSION_LEVEL'),
    filesPath: read.optional('BERKUT_BACKUP_FILES_PATH'),
    scopes: read.optional('BERKUT_BACKUP_SCOPES_FILE') ?? new Map(Object.entries(SCC_SCOPES)),
    schemaVersionQuery: read.optional('BERKUT_BACKUP_SCHEMA_VERSION_QUERY'),
    migrateCommand: read.optional('BERKUT_BACKUP_MIGRATE_COMMAND'),
    restore: {
      maintenanceDatabase,
      strategy: read.value('BERKUT_BACKUP_RESTORE_STRATEGY'),
      keepPreviousHours: read.value('BERKUT_BACKUP_KEEP_PREVIOUS_HOURS'),
      scratchReaders: read.optional('BERKUT_BACKUP_SCRATCH_READERS') ?? [],
      confirm: read.value('BERKUT_BACKUP_RESTORE_CONFIRM'),
      testAutoEnabled: read.value('BERKUT_BACKUP_RESTORE_TEST_AUTO_ENABLED'),
      testIntervalHours: read.value('BERKUT_BACKUP_RESTORE_TEST_INTERVAL_HOURS'),
    },
    scheduler: {
      enabled: read.value('BERKUT_SCHEDULER_ENABLED'),
      intervalSeconds: read.value('BERKUT_SCHEDULER_INTERVAL_SECONDS'),
    },
    notices: readNotices(read),
    timezone: read.value('BERKUT_TIMEZONE'),
    http: {
      host: read.value('BERKUT_HTTP_HOST'),
      port: read.value('BERKUT_HTTP_PORT'),
      // The web UI polls three routes every few seconds from each open tab; ten tabs of one person stay far below.
      requestsPerMinute: read.value('BERKUT_HTTP_REQUESTS_PER_MINUTE'),
      trustedProxies: read.optional('BERKUT_TRUSTED_PROXIES') ?? new BlockList(),
    },
    management: {
      host: read.value('BERKUT_MANAGEMENT_HOST'),
      port: read.value('BERKUT_MANAGEMENT_PORT'),
    },
    shutdownGraceSeconds: read.value('BERKUT_SHUTDOWN_GRACE_SECONDS'),
    auth: readAuth(read, isDevelopment),
    signIn: readSignIn(read),
    roles: read.optional('BERKUT_RBAC_FILE') ?? ROLES,
    auditSigningKey: auditKey ?? (key === undefined ? new Uint8Array() : derivedSigningKey(key)),
    hasAuditKey: auditKey !== undefined,
    logLevel: read.value('LOG_LEVEL'),
  };
  read.finish();
  for (const part of Object.values(config))
    if (part instanceof Object && !(part instanceof Uint8Array)) Object.freeze(part);
  return Object.freeze(config);
}

function readKeyRing(read: ValueReader, current: OperatorKey | undefined): KeyRing {
  const previous = read.optional('BERKUT_BACKUP_PREVIOUS_KEYS_FILE') ?? [];
  // Without a current key `finish` refuses; the ring is never looked at.
  return new KeyRing(current ?? parseOperatorKey('0'.repeat(64)), previous);
}

function readUploads(read: ValueReader, storage: StoragePlace, uploadMaxBytes: number): AppConfig['uploads'] {
  const beside = storage.kind === 'directory' ? join(storage.path, '.uploads') : join(tmpdir(), 'berkut-uploads');
  return {
    path: read.optional('BERKUT_BACKUP_UPLOADS_PATH') ?? beside,
    maxBytes: read.optional('BERKUT_BACKUP_UPLOADS_MAX_BYTES') ?? 4 * uploadMaxBytes,
    perCaller: read.value('BERKUT_BACKUP_UPLOADS_PER_CALLER'),
    keepHours: read.value('BERKUT_BACKUP_UPLOADS_KEEP_HOURS'),
  };
}

function readNotices(read: ValueReader): AppConfig['notices'] {
  const url = read.optional('BERKUT_NOTICE_WEBHOOK_URL');
  const secret = read.optional('BERKUT_NOTICE_WEBHOOK_SECRET');
  const format = read.value('BERKUT_NOTICE_WEBHOOK_FORMAT');
  needs(read, 'BERKUT_NOTICE_WEBHOOK_SECRET', 'BERKUT_NOTICE_WEBHOOK_URL');
  needs(read, 'BERKUT_NOTICE_WEBHOOK_FORMAT', 'BERKUT_NOTICE_WEBHOOK_URL');
  // Chat services know a receiver by its secret address, and check no signature.
  if (format === 'standard') needs(read, 'BERKUT_NOTICE_WEBHOOK_URL', 'BERKUT_NOTICE_WEBHOOK_SECRET');
  needs(read, 'BERKUT_NOTICE_SMTP_URL', 'BERKUT_NOTICE_MAIL_TO');
  needs(read, 'BERKUT_NOTICE_MAIL_TO', 'BERKUT_NOTICE_SMTP_URL');
  const server = read.optional('BERKUT_NOTICE_SMTP_URL');
  const to = read.optional('BERKUT_NOTICE_MAIL_TO');
  const from = read.optional('BERKUT_NOTICE_MAIL_FROM');
  return {
    webhook: url === undefined ? undefined : { url, secret, format },
    heartbeatUrl: read.optional('BERKUT_NOTICE_HEARTBEAT_URL'),
    tellsSuccess: read.value('BERKUT_NOTICE_SUCCESS'),
    publicUrl: read.optional('BERKUT_PUBLIC_URL'),
    mail: server === undefined || to === undefined ? undefined : { server, to, from: from ?? to[0] ?? '' },
    instance: read.optional('BERKUT_NOTICE_INSTANCE') ?? hostname(),
    overdueHours: read.value('BERKUT_NOTICE_OVERDUE_HOURS'),
    shrinkPercent: read.value('BERKUT_NOTICE_SHRINK_PERCENT'),
    minFreeBytes: read.optional('BERKUT_NOTICE_MIN_FREE_BYTES'),
  };
}

/** One variable that says nothing without another. */
function needs(read: ValueReader, one: VariableName, other: VariableName): void {
  if (read.has(one) && !read.has(other)) read.problem(other, `is required with ${one}`);
}

function readAuth(read: ValueReader, isDevelopment: boolean): AuthConfig {
  const issuer = read.optional('BERKUT_AUTH_ISSUER');
  const audience = read.optional('BERKUT_AUTH_AUDIENCE');
  const url = read.optional('BERKUT_AUTH_JWKS_URL');
  const secret = read.optional('BERKUT_AUTH_JWT_SECRET');
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
