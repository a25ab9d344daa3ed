import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  BACKUP_SOURCES,
  BACKUP_TRIGGERS,
  type BackupSource,
  type BackupTrigger,
  RUN_STATUSES,
  type RunStatus,
} from '../backups/catalogue/backup.entity';
import { WholeNumber } from '../kernel/http/whole-number';

/** Query of `GET /api/backups/history`. */
export class HistoryQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 366, default: 90, description: 'How far back, days.' })
  @WholeNumber(1, 366)
  days = 90;
}

/** A little of one backup. */
export class PastBackupDto {
  @ApiProperty({ example: 12, description: 'Id of the backup.' })
  id!: number;

  @ApiProperty({ format: 'date-time', description: 'When it was asked for.' })
  created_at!: string;

  @ApiProperty({ enum: RUN_STATUSES, example: 'success', description: 'What became of it.' })
  status!: RunStatus;

  @ApiProperty({ enum: BACKUP_SOURCES, description: 'Made here, or imported.' })
  source!: BackupSource;

  @ApiProperty({ enum: BACKUP_TRIGGERS, description: 'Why it was made.' })
  trigger!: BackupTrigger;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it was last proven restorable.' })
  verified_at?: string;

  @ApiPropertyOptional({ example: 52310, description: 'Rows of all tables in it.' })
  rows?: number;

  @ApiPropertyOptional({ description: 'Of its file.' })
  size_bytes?: number;

  @ApiPropertyOptional({ example: 197.4, description: 'From the request to the end, waiting included.' })
  duration_seconds?: number;
}

/** `GET /api/backups/history`. */
export class HistoryDto {
  @ApiProperty({ type: [PastBackupDto], description: 'Oldest first; of more than 10,000 the newest ones.' })
  items!: PastBackupDto[];

  @ApiProperty({
    type: [String],
    example: ['2026-01-30T02:00:00.000Z'],
    format: 'date-time',
    description: 'Times of the plan at which all attempts at a backup have failed.',
  })
  missed!: string[];
}

/** A storage, without its place. */
class StorageDto {
  @ApiProperty({
    example: 'first',
    description: 'Name in the configuration; `first` is the one of BERKUT_BACKUP_PATH.',
  })
  name!: string;

  @ApiProperty({ enum: ['directory', 's3'], description: 'What it is.' })
  kind!: 'directory' | 's3';

  @ApiProperty({ example: true, description: 'Whether it could be written when it was last asked.' })
  reachable!: boolean;

  @ApiPropertyOptional({
    example: 21474836480,
    description: 'What it can still take; left out where there is no limit.',
  })
  free_bytes?: number;

  @ApiProperty({ example: 1073741824, description: 'Of the files of backups in it.' })
  used_bytes!: number;

  @ApiProperty({ example: 30, description: 'Files of backups in it, bad ones included.' })
  files!: number;

  @ApiProperty({ example: 0, description: 'Files that are not what they were.' })
  files_damaged!: number;

  @ApiProperty({ example: 0, description: 'Files that were there and are gone.' })
  files_missing!: number;
}

/** `GET /api/backups/storages`. */
export class StorageListDto {
  @ApiProperty({ type: [StorageDto], description: 'The first one first.' })
  items!: StorageDto[];
}

/** A named set of tables. */
class ScopeDto {
  @ApiProperty({ example: 'incidents', description: 'Its name in `scope`.' })
  name!: string;

  @ApiProperty({ type: [String], example: ['incidents'], description: 'Its tables in schema `public`.' })
  tables!: string[];
}

/** `GET /api/backups/scopes`. */
export class ScopeListDto {
  @ApiProperty({ type: [ScopeDto], description: 'In the order of the configuration.' })
  items!: ScopeDto[];

  @ApiProperty({ example: false, description: 'Whether application files are configured (`include_files`).' })
  has_files!: boolean;
}
