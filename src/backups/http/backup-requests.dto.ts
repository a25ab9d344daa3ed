import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsString, MaxLength } from 'class-validator';
import { Optional } from '../../kernel/http/optional';
import { PageQuery } from '../../kernel/http/page-query';
import { SeenText } from '../../kernel/http/seen-text';
import { scopeProperty } from '../../kernel/http/scope-property';
import { BACKUP_SOURCES, RUN_STATUSES, type BackupSource, type RunStatus } from '../catalogue/backup.entity';
import { SORTS } from '../catalogue/backup-list';

/** Body of `POST /api/backups`. */
export class CreateBackupDto {
  @ApiPropertyOptional({ maxLength: 64, example: 'before the upgrade', description: 'A name for people.' })
  @Optional()
  @IsString()
  @MaxLength(64)
  @SeenText()
  label?: string;

  @ApiPropertyOptional(scopeProperty('Scope names, or `["ALL"]` (the default) for the whole database.'))
  @Optional()
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  scope?: string[];

  @ApiPropertyOptional({ default: false, description: 'Application files too; 400 when no files path is configured.' })
  @Optional()
  @IsBoolean()
  include_files?: boolean;
}

/** Body of `PATCH /api/backups/{id}`. */
export class UpdateBackupDto {
  @ApiPropertyOptional({ maxLength: 64, description: 'A name for people; empty for none.' })
  @Optional()
  @IsString()
  @MaxLength(64)
  @SeenText()
  label?: string;

  @ApiPropertyOptional({ description: 'Retention never removes a pinned backup.' })
  @Optional()
  @IsBoolean()
  pinned?: boolean;
}

/** Query of `GET /api/backups`. */
export class ListBackupsQuery extends PageQuery {
  @ApiPropertyOptional({
    enum: RUN_STATUSES,
    description: 'How far it is; `success`, `failed` and `canceled` are final.',
  })
  @Optional()
  @IsIn(RUN_STATUSES)
  status?: RunStatus;

  @ApiPropertyOptional({ enum: BACKUP_SOURCES, description: 'Made here, or brought in.' })
  @Optional()
  @IsIn(BACKUP_SOURCES)
  source?: BackupSource;

  @ApiPropertyOptional({ maxLength: 100, description: 'Part of a label, a file name or a requester.' })
  @Optional()
  @IsString()
  @MaxLength(100)
  q?: string;

  @ApiPropertyOptional({ enum: SORTS, default: '-created_at' })
  @IsIn(SORTS)
  sort: (typeof SORTS)[number] = '-created_at';
}
