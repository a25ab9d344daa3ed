import type { OpenAPIObject } from '@nestjs/swagger';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Schemas[string];

const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const BEGUN = '2026-01-31T02:00:00.000Z';
const ENDED = '2026-01-31T02:03:17.412Z';
const NEXT = '2026-02-01T00:00:00.000Z';

/** What an answer says in the usual case, by property or by `class.property`; else the property's own example counts. */
const VALUES: Readonly<Record<string, unknown>> = {
  'BackupDto.status': 'success',
  'RestoreRunDto.status': 'success',
  'RestoreRunDto.mode': 'restore',
  'RestoreStepDto.status': 'success',
  'ComparisonDto.status': 'success',
  'RescanDto.status': 'success',
  'AlertDto.message': 'the newest good one is of 2026-01-29T02:00:00.000Z',
  'AuditRecordDto.result': 'success',
  'RetentionVerdictDto.backup_id': 12,
  'RestoreRunDto.id': 3,
  'RunDto.id': 12,
  'RunDto.artifact_id': 12,
  'RunDto.status': 'queued',
  'RestoreStartedDto.status': 'queued',
  actor_roles: ['backup_admin'],
  adopted: [13],
  at: BEGUN,
  attempts: 3,
  backup_id: 12,
  checksum: HASH,
  command: 'DROP DATABASE "scc_restore_7" WITH (FORCE)',
  count: 41,
  created_at: BEGUN,
  csrf_token: 'b3BhcXVlLXRva2Vu',
  details: {},
  enabled: true,
  filename: 'berkut-scc_20260131T020000Z_1f6b0c2a.bscc',
  finished_at: ENDED,
  hash: HASH,
  is_new: true,
  last_auto_run_at: BEGUN,
  last_proven_restorable_at: ENDED,
  last_restore_test_at: ENDED,
  last_restore_test_backup_id: 12,
  last_restore_test_id: 4,
  last_successful_backup_at: BEGUN,
  last_successful_backup_id: 12,
  last_successful_test_at: ENDED,
  measured_restore_seconds: 42,
  meta_json: {
    format_version: '2',
    created_at: BEGUN,
    app_version: '1.4.0',
    db_engine: 'PostgreSQL 15.18',
    includes_files: false,
    backup_scope: ['ALL'],
    entity_counts: { boards: 12, spaces: 3 },
    checksums: { schema: { size: 48213 }, 'rows/0': { size: 1_048_576 } },
    key_id: '5d41402abc4b2a76',
    file_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    goose_db_version: 42,
    backup_label: 'before the upgrade',
  },
  missing: [],
  next_attempt_at: NEXT,
  next_run_at: NEXT,
  next_scheduled_test_at: NEXT,
  ok: true,
  permissions: ['backups.read', 'backups.create'],
  prev_hash: HASH,
  reason: 'database "scc_restore_7" is being accessed by other users',
  request_id: '3f0f6f0e-2f3c-4d7c-9a53-0d8f2b9d7c11',
  rekeyed: [],
  roles: ['backup_admin'],
  rollback_until: '2026-02-01T02:03:17.412Z',
  seq: 41,
  signature: HASH,
  since: BEGUN,
  size_bytes: 1048576,
  source_ip: '192.0.2.10',
  started_at: BEGUN,
  total: 1,
  updated_at: ENDED,
  verified_at: ENDED,
  warnings: [],
};

/** What an answer has only when something went wrong, while something runs, or where a way to restore was chosen that is not the usual one. */
const ABSENT: ReadonlySet<string> = new Set([
  ...['error_code', 'error_message', 'error_cause', 'last_error_i18n_key', 'last_failed_test_at'],
  ...[
    'alerts',
    'leftovers',
    'copies',
    'files',
    'unreadable',
    'first_broken',
    'next_cursor',
    'origin_filename',
    'progress',
  ],
  ...[
    'RestoreRunDto.tables',
    'online',
    'written_meanwhile',
    'scratch_database',
    'kept_until',
    'scratch_readers',
    'scratch_readers_refused',
    'into',
    'end_session_url',
  ],
]);

/** Gives every JSON answer that is no error the example of a usual one, made of the classes that describe it. */
export function addAnswerExamples(document: OpenAPIObject): OpenAPIObject {
  const schemas = document.components?.schemas ?? {};
  const operations = Object.values(document.paths).flatMap(({ get, put, post, delete: remove, patch }) =>
    [get, put, post, remove, patch].filter((operation) => operation !== undefined),
  );
  for (const { responses } of operations) {
    for (const [status, response] of Object.entries(responses)) {
      if (!status.startsWith('2') || response === undefined || '$ref' in response) continue;
      const content = response.content?.['application/json'];
      if (content?.schema !== undefined) content.example = exampleOf(content.schema, schemas, '');
    }
  }
  return document;
}

function exampleOf(schema: Schema, schemas: Schemas, name: string): unknown {
  if ('$ref' in schema) {
    const referred = schema.$ref.split('/').at(-1) ?? '';
    const found = schemas[referred];
    return found === undefined ? {} : exampleOf(found, schemas, referred);
  }
  const { properties, required = [], items, minimum } = schema;
  const example: unknown = schema.example;
  if (properties !== undefined) {
    const shown = Object.entries(properties).filter(
      ([key]) => required.includes(key) || !(ABSENT.has(key) || ABSENT.has(`${name}.${key}`)),
    );
    return Object.fromEntries(shown.map(([key, property]) => [key, valueOf(name, key, property, schemas)]));
  }
  if (example !== undefined) return example;
  const first: unknown = schema.enum?.[0];
  if (first !== undefined) return first;
  if (items !== undefined) return [exampleOf(items, schemas, '')];
  return { boolean: false, number: minimum ?? 1, integer: minimum ?? 1, string: '', object: {} }[String(schema.type)];
}

function valueOf(owner: string, key: string, property: Schema, schemas: Schemas): unknown {
  if (ABSENT.has(key)) return 'type' in property && property.type === 'array' ? [] : null;
  return VALUES[`${owner}.${key}`] ?? VALUES[key] ?? exampleOf(property, schemas, '');
}
