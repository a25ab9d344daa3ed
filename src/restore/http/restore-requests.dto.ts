import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { Optional } from '../../kernel/http/optional';
import { ScopeList } from '../../kernel/http/scope-list';
import { SeenText } from '../../kernel/http/seen-text';

/** `string`, which Swagger UI fills in, is no reason. */
const TEN_LETTERS = /^(?:\P{L}*\p{L}){10}/u;
const DRY_RUN_MODES = ['verify', 'rehearse'] as const;

/** What is said before the target is replaced. */
class ConfirmedDto {
  @ApiPropertyOptional({
    maxLength: 63,
    description: 'Name of the target database; required when the installation asks for confirmation.',
  })
  @Optional()
  @IsString()
  @MaxLength(63)
  confirm?: string;
}

/** Body of `POST /api/backups/{id}/restore`. */
export class StartRestoreDto extends ConfirmedDto {
  @ApiPropertyOptional({
    maxLength: 500,
    description:
      'Why no safety backup is to be made before rows are replaced in place (when the database is too damaged to be dumped), in ten letters or more. Audited.',
  })
  @Optional()
  @IsString()
  @Matches(TEN_LETTERS)
  @MaxLength(500)
  @SeenText()
  skip_safety_backup_reason?: string;

  @ScopeList(
    'Scopes to restore; the rest of the target stays as it is. To replace the whole database send `["ALL"]`, `confirm`, or `{}` alone.',
  )
  @ArrayNotEmpty()
  scope?: string[];

  @ApiPropertyOptional({
    type: [String],
    maxItems: 1000,
    example: ['public.docs', 'public.doc_*'],
    description:
      'Single tables, each as `schema.table`, quoted as in SQL; outside of quotes `*` stands for any characters. Their rows are replaced in one transaction; everything else stays. Refused with names: what the backup has no rows of, partitions (name their table), and foreign keys that would be left pointing at nothing. Not together with `scope`, `online` or `into`. Audited.',
  })
  @Optional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(1000)
  @IsString({ each: true })
  @MaxLength(260, { each: true })
  tables?: string[];

  @ApiPropertyOptional({
    default: false,
    description:
      'Indexes, constraints, materialized views, triggers and rights that the database refuses are left out and named in the run (`left_out_incomplete`, foreign keys in `left_out_foreign_keys`), instead of ending it. Rows are never left out. For restores of the whole database: a restore of scopes makes nothing but its foreign keys again, and keeps each. Audited.',
  })
  @Optional()
  @IsBoolean()
  allow_incomplete?: boolean;

  @ApiPropertyOptional({
    default: false,
    description:
      'Loads, checks and migrates the backup while the target is open; maintenance is on for the exchange alone. What is written meanwhile goes with the old database into the kept copy. For restores of the whole database by swap; one that would be made in place fails its check. Audited.',
  })
  @Optional()
  @IsBoolean()
  online?: boolean;

  @ApiPropertyOptional({
    maxLength: 63,
    example: 'scc_copy',
    description:
      'Restores into a new database of that name on the server of the target, which stays what it is: no maintenance, and never over a database that exists. Small letters, digits and underscores. Audited.',
  })
  @Optional()
  @IsString()
  @MaxLength(63)
  into?: string;
}

/** Body of `POST /api/backups/{id}/restore/dry-run`. */
export class StartDryRunDto {
  @ApiPropertyOptional({
    enum: DRY_RUN_MODES,
    default: 'verify',
    description: '`verify` reads everything; `rehearse` also loads it into a scratch database.',
  })
  @Optional()
  @IsIn(DRY_RUN_MODES)
  mode?: (typeof DRY_RUN_MODES)[number];

  @ApiPropertyOptional({
    minimum: 1,
    maximum: 168,
    description:
      'Keeps the database of a rehearsal for so many hours (`scratch_database`, `kept_until` of the run): it can be looked at, promoted to be the target, or discarded. For rehearsals of whole backups that would be restored by swap; one at a time. Audited.',
  })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(168)
  keep_hours?: number;

  @ApiPropertyOptional({
    default: false,
    description: 'As for a restore; a rehearsal that had to leave something out does not count as a proof.',
  })
  @Optional()
  @IsBoolean()
  allow_incomplete?: boolean;
}

/** Body of `POST /api/backups/restores/{id}/promote`. */
export class PromoteDto extends ConfirmedDto {}
