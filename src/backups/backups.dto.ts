import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { ERRORS, type ErrorCode } from '../kernel/errors/error-table';
import type { ProgressView } from '../kernel/operations/progress-writer';
import type { BackupEntity, BackupSource, BackupTrigger, RunStatus } from './backup.entity';
import type { BackupMeta } from './backup-meta';

const STATUSES: RunStatus[] = ['queued', 'running', 'success', 'failed', 'canceled'];
const SOURCES: BackupSource[] = ['local', 'imported'];
const TRIGGERS: BackupTrigger[] = ['manual', 'scheduled', 'safety', 'import'];
/** Orders of the list; a minus sign means descending, as in JSON:API. */
export const SORTS = ['-created_at', 'created_at', '-size_bytes', 'size_bytes'] as const;

/** Body of `POST /api/backups`. */
export class CreateBackupDto {
  @ApiPropertyOptional({ maxLength: 64, example: 'before the upgrade', description: 'A name for people.' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  label?: string;

  @ApiPropertyOptional({
    type: [String],
    example: ['ALL'],
    description: 'Scope names, or `["ALL"]` (the default) for the whole database.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  scope?: string[];

  @ApiPropertyOptional({ default: false, description: 'Application files too; 400 when no files path is configured.' })
  @IsOptional()
  @IsBoolean()
  include_files?: boolean;
}

/** Body of `PATCH /api/backups/{id}`. */
export class UpdateBackupDto {
  @ApiPropertyOptional({ maxLength: 64, description: 'A name for people; empty for none.' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  label?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean()
  pinned?: boolean;
}

/** Query of `GET /api/backups`. */
export class ListBackupsQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 100 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit = 100;

  @ApiPropertyOptional({ minimum: 0, default: 0 })
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  offset = 0;

  @ApiPropertyOptional({ enum: STATUSES })
  @IsOptional()
  @IsIn(STATUSES)
  status?: RunStatus;

  @ApiPropertyOptional({ enum: SOURCES })
  @IsOptional()
  @IsIn(SOURCES)
  source?: BackupSource;

  @ApiPropertyOptional({ maxLength: 100, description: 'Part of a label, a file name or a requester.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  q?: string;

  @ApiPropertyOptional({ enum: SORTS, default: '-created_at' })
  @IsIn(SORTS)
  sort: (typeof SORTS)[number] = '-created_at';
}

/** Progress of a queued or running operation. */
export class ProgressDto implements ProgressView {
  @ApiProperty({ example: 'dump' })
  phase!: string;

  @ApiProperty({ minimum: 0, maximum: 100, example: 42 })
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
  @ApiProperty({ example: 12 })
  id!: number;

  @ApiProperty({ example: 12, description: 'The same as `id`.' })
  run_id!: number;

  @ApiProperty({ enum: SOURCES })
  source!: BackupSource;

  @ApiProperty({ enum: TRIGGERS })
  trigger!: BackupTrigger;

  @ApiProperty({ enum: STATUSES })
  status!: RunStatus;

  @ApiPropertyOptional({ example: 1048576 })
  size_bytes?: number;

  @ApiPropertyOptional({ description: 'SHA-256 of the file, hex.' })
  checksum?: string;

  @ApiPropertyOptional({ example: 'berkut-scc_20260131T020000Z_1f6b0c2a.bscc' })
  filename?: string;

  @ApiPropertyOptional({ description: 'Name of the imported file.' })
  origin_filename?: string;

  @ApiProperty({ example: 'alice' })
  requested_by!: string;

  @ApiPropertyOptional({ example: 'backups.pg_dump_failed' })
  error_code?: string;

  @ApiPropertyOptional()
  error_message?: string;

  @ApiProperty({ description: 'Retention never removes a pinned backup.' })
  pinned!: boolean;

  @ApiPropertyOptional({ format: 'date-time', description: 'When a rehearsal last restored it.' })
  verified_at?: string;

  @ApiPropertyOptional({ type: ProgressDto })
  progress?: ProgressDto;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  finished_at?: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What the container says of itself.' })
  meta_json!: BackupMeta;

  static from(backup: BackupEntity): BackupDto {
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
      ...errorFields(backup.errorCode),
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
  @ApiProperty()
  id!: number;

  @ApiProperty()
  artifact_id!: number;

  @ApiProperty({ enum: STATUSES })
  status!: RunStatus;

  @ApiPropertyOptional()
  size_bytes?: number;

  @ApiPropertyOptional()
  checksum?: string;

  @ApiPropertyOptional()
  filename?: string;

  @ApiPropertyOptional()
  error_code?: string;

  @ApiPropertyOptional()
  error_message?: string;

  @ApiProperty({ type: 'object', additionalProperties: true })
  meta_json!: BackupMeta;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
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
  @ApiProperty({ type: [BackupDto] })
  items!: BackupDto[];

  @ApiProperty({ description: 'How many there are without limit and offset.' })
  total!: number;
}

/** `GET /api/backups/{id}`. */
export class BackupItemDto {
  @ApiProperty({ type: BackupDto })
  item!: BackupDto;
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
  @ApiProperty({ example: true })
  ok!: true;
}

/** `error_code` and its public sentence, left out when nothing went wrong. */
export function errorFields(code: ErrorCode | null): { error_code?: string; error_message?: string } {
  return code === null ? {} : { error_code: code, error_message: ERRORS[code].message };
}

/** The container says what it was called when it was made; people may have renamed it since. */
function metaWithLabel(backup: BackupEntity): BackupMeta {
  const { backup_label: _label, ...meta } = backup.meta ?? {
    includes_files: backup.includeFiles,
    backup_scope: backup.scope,
  };
  return { ...meta, ...(backup.label === null ? {} : { backup_label: backup.label }) };
}
