import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsString, MaxLength } from 'class-validator';
import { Optional } from '../../kernel/http/optional';
import { PageQuery } from '../../kernel/http/page-query';
import { SeenText } from '../../kernel/http/seen-text';
import { ScopeList } from '../../kernel/http/scope-list';
import { BACKUP_SOURCES, RUN_STATUSES, type BackupSource, type RunStatus } from '../catalogue/backup.entity';
import { SORTS } from '../catalogue/backup-list';

/** The name that people give a backup. */
const Label = (shown: { readonly example?: string; readonly description: string }): PropertyDecorator =>
  applyDecorators(ApiPropertyOptional({ maxLength: 64, ...shown }), Optional(), IsString(), MaxLength(64), SeenText());

/** Body of `POST /api/backups`. */
export class CreateBackupDto {
  @Label({ example: 'before the upgrade', description: 'A name for people.' })
  label?: string;

  @ScopeList('Scope names, or `["ALL"]` (the default) for the whole database.')
  scope?: string[];

  @ApiPropertyOptional({ default: false, description: 'Application files too; 400 when no files path is configured.' })
  @Optional()
  @IsBoolean()
  include_files?: boolean;
}

/** Body of `PATCH /api/backups/{id}`. */
export class UpdateBackupDto {
  @Label({ description: 'A name for people; empty for none.' })
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
