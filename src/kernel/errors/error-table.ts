/** What is sent for an error: HTTP status, key of the web UI's translation, and a sentence for people who read Swagger. */
export interface ErrorEntry {
  readonly status: number;
  readonly i18nKey: string;
  readonly message: string;
}

/** Every error the service knows: of responses, and of the rows of failed runs. Only these keys and sentences are sent. */
const TABLE = {
  'backups.invalid_request': {
    status: 400,
    i18nKey: 'backups.error.invalidRequest',
    message: 'The request is not valid.',
  },
  'backups.invalid_format': {
    status: 400,
    i18nKey: 'backups.error.invalidFormat',
    message: 'The file is not a complete backup in a known format.',
  },
  'backups.decrypt_failed': {
    status: 400,
    i18nKey: 'backups.error.decryptFailed',
    message: 'The backup cannot be decrypted: its key is not known here, or it was changed.',
  },
  'backups.checksum_mismatch': {
    status: 400,
    i18nKey: 'backups.error.checksumMismatch',
    message: 'The backup does not have the recorded checksum or size.',
  },
  'backups.plan.invalid': { status: 400, i18nKey: 'backups.plan.error.invalid', message: 'The plan is not valid.' },
  'backups.files_not_configured': {
    status: 400,
    i18nKey: 'backups.error.invalidRequest',
    message: 'No application files are configured for backups.',
  },
  'backups.copies_not_configured': {
    status: 400,
    i18nKey: 'backups.error.invalidRequest',
    message: 'No further storages are configured for copies.',
  },
  'auth.unauthorized': {
    status: 401,
    i18nKey: 'backups.error.permissionDenied',
    message: 'A valid token is required.',
  },
  'auth.provider_refused': {
    status: 403,
    i18nKey: 'backups.error.permissionDenied',
    message: 'The OpenID provider has not signed the person in.',
  },
  'auth.sign_in_expired': {
    status: 401,
    i18nKey: 'backups.error.permissionDenied',
    message: 'The sign-in was not begun in this browser within the last ten minutes.',
  },
  'auth.no_role': {
    status: 403,
    i18nKey: 'backups.error.permissionDenied',
    message: 'The person has no role that may do anything here.',
  },
  'auth.provider_unavailable': {
    status: 503,
    i18nKey: 'common.serverError',
    message: 'The OpenID provider does not answer.',
  },
  'backups.forbidden': {
    status: 403,
    i18nKey: 'backups.error.permissionDenied',
    message: 'The caller may not do this.',
  },
  'auth.csrf_invalid': {
    status: 403,
    i18nKey: 'backups.error.permissionDenied',
    message: 'The CSRF token is missing or wrong.',
  },
  'backups.not_found': { status: 404, i18nKey: 'backups.error.notFound', message: 'There is no such thing.' },
  'backups.table_not_found': {
    status: 404,
    i18nKey: 'backups.error.notFound',
    message:
      'The backup has no rows of that table, or several such tables: `GET /api/backups/{id}/tables` lists those that it has.',
  },
  'backups.file_missing': {
    status: 404,
    i18nKey: 'backups.error.fileMissing',
    message: 'The file of the backup is gone.',
  },
  'backups.concurrent_operation': {
    status: 409,
    i18nKey: 'backups.error.concurrentOperation',
    message: 'Another operation is in the way; try again when it has ended.',
  },
  'backups.queue_full': {
    status: 409,
    i18nKey: 'backups.error.concurrentOperation',
    message: 'Too many backups wait for their turn; try again when some of them have been made.',
  },
  'backups.file_locked': {
    status: 409,
    i18nKey: 'backups.error.fileBusy',
    message: 'The storage keeps the file of the backup until its lock ends.',
  },
  'backups.file_busy': { status: 409, i18nKey: 'backups.error.fileBusy', message: 'The backup is in use.' },
  'backups.not_ready': {
    status: 409,
    i18nKey: 'backups.error.notReady',
    message: 'The backup is not finished, or it failed.',
  },
  'backups.upload_interrupted': {
    status: 409,
    i18nKey: 'backups.error.concurrentOperation',
    message: 'The request ended before all of its bytes had come; what has come is kept. HEAD says where to go on.',
  },
  'backups.upload_offset': {
    status: 409,
    i18nKey: 'backups.error.concurrentOperation',
    message: 'The upload goes on at another offset; HEAD says where.',
  },
  'backups.tus_version': {
    status: 412,
    i18nKey: 'backups.error.invalidRequest',
    message: 'Uploads speak version 1.0.0 of the tus protocol, which the header Tus-Resumable has to say.',
  },
  'backups.upload_too_large': {
    status: 413,
    i18nKey: 'backups.error.uploadTooLarge',
    message: 'The request body is too large.',
  },
  'backups.range_not_satisfiable': {
    status: 416,
    i18nKey: 'backups.error.invalidRequest',
    message: 'The file is shorter than that.',
  },
  'backups.expectation_failed': {
    status: 417,
    i18nKey: 'backups.error.invalidRequest',
    message: 'The service meets no other expectation than 100-continue.',
  },
  'backups.upload_locked': {
    status: 423,
    i18nKey: 'backups.error.concurrentOperation',
    message: 'Another request works at the upload, or it is being imported; try again soon.',
  },
  'app.rate_limited': { status: 429, i18nKey: 'common.serverError', message: 'Too many requests; try again later.' },
  'backups.upload_checksum': {
    status: 460,
    i18nKey: 'backups.error.checksumMismatch',
    message: 'The bytes of the request do not have its checksum; send them again.',
  },
  'app.maintenance_mode': {
    status: 503,
    i18nKey: 'common.error.maintenanceMode',
    message: 'A restore is running; try again when it has ended.',
  },
  'backups.storage_unavailable': {
    status: 503,
    i18nKey: 'backups.error.storageUnavailable',
    message: 'The storage or a database is not available.',
  },
  'backups.no_space': {
    status: 507,
    i18nKey: 'backups.error.storageUnavailable',
    message: 'There is not enough space.',
  },
  'backups.pg_dump_failed': {
    status: 500,
    i18nKey: 'backups.error.pgDumpFailed',
    message: 'The database could not be dumped.',
  },
  'backups.encrypt_failed': {
    status: 500,
    i18nKey: 'backups.error.encryptFailed',
    message: 'The backup could not be encrypted.',
  },
  'backups.files_failed': {
    status: 500,
    i18nKey: 'common.serverError',
    message: 'The application files could not be read, or could not be put in place.',
  },
  'backups.internal': {
    status: 500,
    i18nKey: 'common.serverError',
    message: 'Something went wrong inside the service.',
  },
  'backups.interrupted': {
    status: 500,
    i18nKey: 'common.serverError',
    message: 'The operation was interrupted before its end.',
  },
  'backups.missing_rights': {
    status: 500,
    i18nKey: 'backups.error.pgDumpFailed',
    message:
      'The role may not read all of the target; `bscc doctor` and the log name what, and the statements that help.',
  },
  'backups.unreadable_names': {
    status: 500,
    i18nKey: 'backups.error.pgDumpFailed',
    message: 'The target has names that cannot be decoded; `bscc doctor` and the log name them. Rename them.',
  },
  'backups.shared_sessions': {
    status: 500,
    i18nKey: 'backups.error.pgDumpFailed',
    message:
      'A proxy in front of the target shares sessions between clients (transaction pooling): backups need their own.',
  },
  'backups.tool_version_mismatch': {
    status: 500,
    i18nKey: 'backups.error.pgDumpFailed',
    message: 'The PostgreSQL client tools are missing, or their version does not fit the server.',
  },
  'backups.restore.decrypt_failed': {
    status: 500,
    i18nKey: 'backups.restore.error.decryptFailed',
    message: 'The backup cannot be decrypted: its key is not known here, or it was changed.',
  },
  'backups.restore.checksum_mismatch': {
    status: 500,
    i18nKey: 'backups.restore.error.checksumMismatch',
    message: 'The content of the backup does not have the recorded checksums.',
  },
  'backups.restore.incompatible_version': {
    status: 500,
    i18nKey: 'backups.restore.error.incompatibleVersion',
    message: 'The backup does not fit this server or database.',
  },
  'backups.restore.maintenance_failed': {
    status: 500,
    i18nKey: 'backups.restore.error.maintenanceFailed',
    message: 'The target could not be closed for the restore.',
  },
  'backups.restore.pg_restore_failed': {
    status: 500,
    i18nKey: 'backups.restore.error.pgRestoreFailed',
    message: 'The backup could not be loaded; the target is as it was.',
  },
  'backups.restore.integrity_violation': {
    status: 500,
    i18nKey: 'backups.restore.error.pgRestoreFailed',
    message: 'The loaded data is not what the backup counted; the target is as it was.',
  },
  'backups.restore.migration_failed': {
    status: 500,
    i18nKey: 'backups.restore.error.pgRestoreFailed',
    message: 'The migrations of the loaded data failed; the target is as it was.',
  },
  'backups.restore.database_exists': {
    status: 409,
    i18nKey: 'backups.error.concurrentOperation',
    message: 'A database of that name exists already; a restore never replaces one that it was not told to replace.',
  },
  'backups.restore.leftovers': {
    status: 500,
    i18nKey: 'backups.restore.error.pgRestoreFailed',
    message: 'What an earlier run left on the server has to be removed first.',
  },
  'backups.restore.interrupted': {
    status: 500,
    i18nKey: 'common.serverError',
    message: 'The restore was interrupted; the target is as it was.',
  },
  'backups.restore.rolled_back': {
    status: 500,
    i18nKey: 'common.serverError',
    message: 'The restore was rolled back.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof TABLE;

export const ERRORS: Readonly<Record<ErrorCode, ErrorEntry>> = TABLE;

/** Whether a value is one of the codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(TABLE, value);
}
