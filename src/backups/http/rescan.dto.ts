import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { Optional } from '../../kernel/http/optional';
import { SeenText } from '../../kernel/http/seen-text';
import { present } from '../../engine/optional/present';
import type { ErrorCode } from '../../kernel/errors/error-table';
import type { Sees } from './live-runs';
import { errorFields, ProgressDto } from './run-state.dto';
import { RESCAN_STATUSES, type RescanEntity } from '../storage-check/rescan.entity';

/** Body of `POST /api/backups/rescan`. */
export class RescanRequestDto {
  @ApiPropertyOptional({
    maxLength: 64,
    example: 'near',
    description: 'The one storage that is looked into; all without it. `first` is the one of `BERKUT_BACKUP_PATH`.',
  })
  @Optional()
  @IsString()
  @MaxLength(64)
  @SeenText()
  storage?: string;
}

/** What was found in a further storage. */
export class RescannedStorageDto {
  @ApiProperty({ example: 'near', description: 'Name of the storage.' })
  storage!: string;

  @ApiProperty({ type: [Number], description: 'Backups made from files there that belonged to no backup.' })
  adopted!: number[];

  @ApiProperty({ type: [Number], description: 'Backups that have a copy there of which nothing was known.' })
  found!: number[];

  @ApiPropertyOptional({
    type: String,
    example: 'backups.storage_unavailable',
    description: 'Why it was not looked at to its end.',
  })
  error_code?: ErrorCode;
}

export class UnreadableFileDto {
  @ApiPropertyOptional({ example: 'near', description: 'The further storage that has it; absent for the first one.' })
  storage?: string;

  @ApiProperty({ description: 'Name of the file in the storage.' })
  filename!: string;

  @ApiProperty({ type: String, example: 'backups.decrypt_failed', description: 'Why it cannot be taken.' })
  error_code!: ErrorCode;

  @ApiPropertyOptional({
    example: 'it cannot be read: it belongs to user 0 and group 0 and has mode 0600',
    description: 'Where the code does not say it: name, kind, or owner and mode.',
  })
  reason?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: { where: 'storage directory', errno: 'EIO' },
    description: 'For callers with `backups.restore`: what the system said, as in `error_cause` of a backup.',
  })
  cause?: object;
}

export class CopyDto {
  @ApiPropertyOptional({ example: 'near', description: 'The further storage that has it; absent for the first one.' })
  storage?: string;

  @ApiProperty({ description: 'Name of the file in the storage.' })
  filename!: string;

  @ApiProperty({ description: 'The backup whose file holds the same.' })
  backup_id!: number;
}

/** A rescan of the storage, and what it has found so far. */
export class RescanDto {
  @ApiProperty({ enum: RESCAN_STATUSES, description: 'How far it is.' })
  status!: RescanEntity['status'];

  @ApiProperty({ example: 'alice', description: 'Who asked for it.' })
  requested_by!: string;

  @ApiPropertyOptional({ type: ProgressDto })
  progress?: ProgressDto;

  @ApiProperty({ type: [Number], description: 'Backups made from files that belonged to no backup.' })
  adopted!: number[];

  @ApiProperty({ type: [Number], description: 'Backups whose file is gone.' })
  missing!: number[];

  @ApiProperty({ type: [Number], description: 'Backups whose file is sealed with another key now.' })
  rekeyed!: number[];

  @ApiProperty({
    type: [CopyDto],
    description: 'Files whose content equals the file of a backup. They stay without a backup.',
  })
  copies!: CopyDto[];

  @ApiProperty({ type: [RescannedStorageDto], description: 'What was found in each further storage.' })
  storages!: RescannedStorageDto[];

  @ApiProperty({ type: [UnreadableFileDto], description: 'Files that cannot be adopted or are not what they were.' })
  unreadable!: UnreadableFileDto[];

  @ApiPropertyOptional({ example: 'backups.interrupted', description: 'What went wrong; absent when nothing did.' })
  error_code?: string;

  @ApiPropertyOptional({ description: 'The same in words.' })
  error_message?: string;

  @ApiProperty({ format: 'date-time', description: 'When it began.' })
  started_at!: string;

  @ApiProperty({ format: 'date-time', description: 'When it last changed.' })
  updated_at!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it ended.' })
  finished_at?: string;

  /** @param sees.causes shows what the system said of a file that cannot be taken */
  static from(rescan: RescanEntity, sees: Sees): RescanDto {
    const { unreadable, storages = [], ...found } = rescan.result;
    return {
      status: rescan.status,
      requested_by: rescan.requestedBy,
      ...present({ progress: rescan.progress }),
      ...found,
      storages: storages.map((one) => ({ ...one })),
      unreadable: unreadable.map(({ cause, ...file }) =>
        sees.causes && cause !== undefined ? { ...file, cause } : file,
      ),
      ...errorFields(rescan.errorCode),
      started_at: rescan.startedAt.toISOString(),
      updated_at: rescan.updatedAt.toISOString(),
      ...present({ finished_at: rescan.finishedAt?.toISOString() }),
    };
  }
}

/** Answer of `POST` and `GET /api/backups/rescan`. */
export class RescanItemDto {
  @ApiProperty({ type: RescanDto })
  item!: RescanDto;
}
