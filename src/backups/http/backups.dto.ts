import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ERRORS, type ErrorCode } from '../../kernel/errors/error-table';
import type { ProgressView } from '../../kernel/operations/progress-writer';
import {
  BACKUP_SOURCES,
  BACKUP_TRIGGERS,
  RUN_STATUSES,
  type BackupEntity,
  type BackupSource,
  type BackupTrigger,
  type RunStatus,
} from '../catalogue/backup.entity';
import { whatIsWrong } from '../catalogue/file-faults';
import type { BackupMeta } from '../catalogue/backup-meta';
import type { KeyRing } from '../../engine/container/keys/key-ring';

/** Progress of a queued or running operation. */
export class ProgressDto implements ProgressView {
  @ApiProperty({ example: 'dump', description: 'What is done now.' })
  phase!: string;

  @ApiProperty({ minimum: 0, maximum: 100, example: 42, description: 'How much of it is done.' })
  percent!: number;

  @ApiProperty({ description: 'Bytes so far.' })
  bytes_done!: number;

  @ApiPropertyOptional({ description: 'Bytes expected, an estimate.' })
  bytes_total?: number;

  @ApiPropertyOptional({ description: 'Seconds left, an estimate.' })
  eta_seconds?: number;
}

/** A backup as clients see it. Never a server path. */
export class BackupDto {
  @ApiProperty({ example: 12, description: 'Number of it.' })
  id!: number;

  @ApiProperty({ example: 12, description: 'The same as `id`.' })
  run_id!: number;

  @ApiProperty({ enum: BACKUP_SOURCES, description: 'Made here, or brought in.' })
  source!: BackupSource;

  @ApiProperty({ enum: BACKUP_TRIGGERS, description: 'What it was made for.' })
  trigger!: BackupTrigger;

  @ApiProperty({ enum: RUN_STATUSES, description: 'How far it is; `success`, `failed` and `canceled` are final.' })
  status!: RunStatus;

  @ApiPropertyOptional({ example: 1048576, description: 'Size of the file, bytes.' })
  size_bytes?: number;

  @ApiPropertyOptional({ description: 'SHA-256 of the file, hex.' })
  checksum?: string;

  @ApiPropertyOptional({
    example: 'berkut-scc_20260131T020000Z_1f6b0c2a.bscc',
    description: 'Name of the file in the storage.',
  })
  filename?: string;

  @ApiPropertyOptional({ description: 'Name of the imported file.' })
  origin_filename?: string;

  @ApiProperty({ example: 'alice', description: 'Who asked for it.' })
  requested_by!: string;

  @ApiPropertyOptional({ example: 'backups.pg_dump_failed', description: 'What went wrong; absent when nothing did.' })
  error_code?: string;

  @ApiPropertyOptional({ description: 'The same in words.' })
  error_message?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'Of one backup, for callers with `backups.restore`: what the server, a program or the system said (`message`, `sqlstate`, `schema`, `table`, `tool`, `errno`, `where`).',
  })
  error_cause?: Record<string, unknown>;

  @ApiProperty({ description: 'Retention never removes a pinned backup.' })
  pinned!: boolean;

  @ApiPropertyOptional({ format: 'date-time', description: 'When a rehearsal last restored it.' })
  verified_at?: string;

  @ApiPropertyOptional({ type: ProgressDto })
  progress?: ProgressDto;

  @ApiProperty({ format: 'date-time', description: 'When it was asked for.' })
  created_at!: string;

  @ApiProperty({ format: 'date-time', description: 'When it last changed.' })
  updated_at!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it ended.' })
  finished_at?: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What the container says of itself.' })
  meta_json!: BackupMeta;

  /** @param ring when given, a backup that it does not open says which key it needs */
  static from(backup: BackupEntity, ring?: KeyRing): BackupDto {
    const isOver = backup.finishedAt !== null;
    return {
      id: backup.id,
      run_id: backup.id,
      source: backup.source,
      trigger: backup.trigger,
      status: backup.status,
      ...(backup.sizeBytes === null ? {} : { size_bytes: backup.sizeBytes }),
      ...(backup.checksum === null ? {} : { checksum: backup.checksum }),
      ...(backup.storageName === null ? {} : { filename: backup.storageName }),
      ...(backup.originFilename === null ? {} : { origin_filename: backup.originFilename }),
      requested_by: backup.requestedBy,
      ...(missingKeyFields(backup, ring) ?? errorFields(whatIsWrong(backup))),
      pinned: backup.pinned,
      ...(backup.verifiedAt === null ? {} : { verified_at: backup.verifiedAt.toISOString() }),
      ...(backup.progress === null || isOver ? {} : { progress: backup.progress }),
      created_at: backup.createdAt.toISOString(),
      updated_at: backup.updatedAt.toISOString(),
      ...(backup.finishedAt === null ? {} : { finished_at: backup.finishedAt.toISOString() }),
      meta_json: metaWithLabel(backup),
    };
  }
}

/** Another view of a backup's row: the making of it. */
export class RunDto {
  @ApiProperty({ description: 'Number of it.' })
  id!: number;

  @ApiProperty({ description: 'The backup.' })
  artifact_id!: number;

  @ApiProperty({ enum: RUN_STATUSES, description: 'How far it is; `success`, `failed` and `canceled` are final.' })
  status!: RunStatus;

  @ApiPropertyOptional({ description: 'Size of the file, bytes.' })
  size_bytes?: number;

  @ApiPropertyOptional({ description: 'SHA-256 of the file, hex.' })
  checksum?: string;

  @ApiPropertyOptional({ description: 'Name of the file in the storage.' })
  filename?: string;

  @ApiPropertyOptional({ description: 'What went wrong; absent when nothing did.' })
  error_code?: string;

  @ApiPropertyOptional({ description: 'The same in words.' })
  error_message?: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What the container says of itself.' })
  meta_json!: BackupMeta;

  @ApiProperty({ format: 'date-time', description: 'When it was asked for.' })
  created_at!: string;

  @ApiProperty({ format: 'date-time', description: 'When it last changed.' })
  updated_at!: string;

  static from(backup: BackupEntity): RunDto {
    const { id, status, size_bytes, checksum, filename, error_code, error_message, meta_json, created_at, updated_at } =
      BackupDto.from(backup);
    return {
      id,
      artifact_id: id,
      status,
      ...(size_bytes === undefined ? {} : { size_bytes }),
      ...(checksum === undefined ? {} : { checksum }),
      ...(filename === undefined ? {} : { filename }),
      ...(error_code === undefined ? {} : { error_code }),
      ...(error_message === undefined ? {} : { error_message }),
      meta_json,
      created_at,
      updated_at,
    };
  }
}

/** `GET /api/backups`. */
export class BackupListDto {
  @ApiProperty({ type: [BackupDto], description: 'Those of this page, newest first unless sorted otherwise.' })
  items!: BackupDto[];

  @ApiProperty({ description: 'How many there are without limit and offset.' })
  total!: number;
}

/** `GET /api/backups/{id}`. */
export class BackupItemDto {
  @ApiProperty({ type: BackupDto })
  item!: BackupDto;
}

/** `POST /api/backups/import`. */
export class BackupImportedDto extends BackupItemDto {
  @ApiProperty({ type: [String], description: 'What to know before it is restored.' })
  warnings!: string[];
}

/** `POST /api/backups`. */
export class BackupStartedDto {
  @ApiProperty({ type: RunDto })
  run!: RunDto;

  @ApiProperty({ type: BackupDto })
  artifact!: BackupDto;
}

/** `DELETE /api/backups/{id}`. */
export class BackupRemovedDto {
  @ApiProperty({ example: true, description: 'It is gone.' })
  ok!: true;
}

/** `error_code` and its public sentence, left out when nothing went wrong. */
export function errorFields(code: ErrorCode | null): { error_code?: string; error_message?: string } {
  return code === null ? {} : { error_code: code, error_message: ERRORS[code].message };
}

function missingKeyFields(
  { status, keyId }: BackupEntity,
  ring: KeyRing | undefined,
): ReturnType<typeof errorFields> | undefined {
  if (status !== 'success' || keyId === null || ring === undefined || ring.find(keyId) !== undefined) return undefined;
  const code: ErrorCode = 'backups.decrypt_failed';
  return { error_code: code, error_message: `It needs key ${keyId}; the key ring has ${ring.ids().join(', ')}.` };
}

/** The container says what it was called when it was made; people may have renamed it since. */
function metaWithLabel(backup: BackupEntity): BackupMeta {
  const { backup_label: _label, ...meta } = backup.meta ?? {
    includes_files: backup.includeFiles,
    backup_scope: backup.scope,
  };
  return { ...meta, ...(backup.label === null ? {} : { backup_label: backup.label }) };
}
