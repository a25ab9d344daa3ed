import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ERRORS, type ErrorCode } from '../../kernel/errors/error-table';
import type { ProgressView } from '../../kernel/operations/progress-writer';
import { RUN_STATUSES, type RunStatus } from '../catalogue/backup.entity';

/** A table whose rows are copied now. */
export class TableProgressDto {
  @ApiProperty({ example: 'public.events', description: 'Its schema and name.' })
  table!: string;

  @ApiProperty({ description: 'Bytes of its rows so far.' })
  bytes_done!: number;

  @ApiProperty({ description: 'Bytes of all its rows; while a backup is made an estimate.' })
  bytes_total!: number;
}

/** How far the tables of a backup or a restore are. */
export class TablesProgressDto {
  @ApiProperty({ description: 'Tables all of whose rows are there.' })
  done!: number;

  @ApiProperty({ description: 'Tables of the database, or of the scopes.' })
  total!: number;

  @ApiProperty({ type: [TableProgressDto], description: 'Those that are copied now, largest first, 16 at most.' })
  current!: readonly TableProgressDto[];
}

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

  @ApiPropertyOptional({
    type: TablesProgressDto,
    description: 'How far each table is, while rows are copied: `phase` is `dump` of a backup, or `data` of a restore.',
  })
  tables?: TablesProgressDto;
}

/** What a backup and a restore run say alike: how far each is, what came of it, and when. */
export class RunStateDto {
  @ApiProperty({ example: 12, description: 'Number of it.' })
  id!: number;

  @ApiProperty({ enum: RUN_STATUSES, description: 'How far it is; `success`, `failed` and `canceled` are final.' })
  status!: RunStatus;

  @ApiPropertyOptional({ example: 1048576, description: 'Size of the file, bytes.' })
  size_bytes?: number;

  @ApiPropertyOptional({
    example: 'berkut-scc_20260131T020000Z_1f6b0c2a.bscc',
    description: 'Name of the file in the storage.',
  })
  filename?: string;

  @ApiProperty({ example: 'alice', description: 'Who asked for it.' })
  requested_by!: string;

  @ApiPropertyOptional({ description: 'What went wrong; absent when nothing did.' })
  error_code?: string;

  @ApiPropertyOptional({ description: 'The same in words.' })
  error_message?: string;

  @ApiPropertyOptional({ type: ProgressDto })
  progress?: ProgressDto;

  @ApiProperty({ format: 'date-time', description: 'When it was asked for.' })
  created_at!: string;

  @ApiProperty({ format: 'date-time', description: 'When it last changed.' })
  updated_at!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it ended.' })
  finished_at?: string;
}

/** `error_code` and its public sentence, left out when nothing went wrong. */
export function errorFields(code: ErrorCode | null): { error_code?: string; error_message?: string } {
  return code === null ? {} : { error_code: code, error_message: ERRORS[code].message };
}
