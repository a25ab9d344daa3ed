import { z } from 'zod';

/** What `bscc` reads of the service's answers; docs/openapi.json has the whole. */
const STATUS = z.enum(['queued', 'running', 'success', 'failed', 'canceled']);

const PROGRESS = z
  .object({
    phase: z.string(),
    percent: z.number().optional(),
    bytes_done: z.number().optional(),
    bytes_total: z.number().optional(),
  })
  .optional();

const BACKUP = z.looseObject({
  id: z.number(),
  status: STATUS,
  source: z.string(),
  size_bytes: z.number().optional(),
  checksum: z.string().optional(),
  filename: z.string().optional(),
  requested_by: z.string().optional(),
  error_code: z.string().optional(),
  error_message: z.string().optional(),
  verified_at: z.string().optional(),
  pinned: z.boolean().optional(),
  files: z
    .array(z.looseObject({ storage: z.string(), state: z.string(), error_code: z.string().optional() }))
    .optional(),
  created_at: z.string(),
  progress: PROGRESS,
  meta_json: z.looseObject({ backup_label: z.string().optional() }).optional(),
});
export type Backup = z.output<typeof BACKUP>;

const STEP = z.looseObject({
  name: z.string(),
  status: z.string(),
  details: z.looseObject({ error: z.string().optional() }).optional(),
});

const RESTORE = z.looseObject({
  id: z.number(),
  artifact_id: z.number(),
  status: STATUS,
  dry_run: z.boolean(),
  mode: z.string().optional(),
  error_code: z.string().optional(),
  error_message: z.string().optional(),
  rollback_until: z.string().optional(),
  written_meanwhile: z.string().optional(),
  scratch_database: z.string().optional(),
  kept_until: z.string().optional(),
  progress: PROGRESS,
  steps: z.array(STEP),
});
export type Restore = z.output<typeof RESTORE>;

export const BACKUP_ITEM = z.looseObject({ item: BACKUP });
export const IMPORTED = z.looseObject({ item: BACKUP, warnings: z.array(z.string()) });
export const BACKUP_STARTED = z.looseObject({ artifact: BACKUP });
export const BACKUP_LIST = z.looseObject({ items: z.array(BACKUP), total: z.number().optional() });
export const RESTORE_ITEM = z.looseObject({ item: RESTORE });
export const RESTORE_STARTED = z.looseObject({ restore_id: z.number() });
export const PLAN_ITEM = z.looseObject({ item: z.record(z.string(), z.unknown()) });

const known = z.number().nullable();
export const TABLE_LIST = z.looseObject({
  items: z.array(z.looseObject({ table: z.string(), rows: known, bytes: known, text_bytes: known })),
  total: z.number(),
});
export const ROWS = z.looseObject({
  table: z.string(),
  columns: z.array(z.string()),
  items: z.array(z.record(z.string(), z.string().nullable())),
  has_more: z.boolean(),
});
export type TableList = z.output<typeof TABLE_LIST>;
