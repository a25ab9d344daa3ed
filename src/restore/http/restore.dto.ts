import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { ArrayNotEmpty, IsBoolean, IsIn, IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { RUN_STATUSES, type RunStatus } from '../../backups/catalogue/backup.entity';
import type { Sees } from '../../backups/http/live-runs';
import { errorFields, RunStateDto } from '../../backups/http/run-state.dto';
import { present } from '../../engine/optional/present';
import { Optional } from '../../kernel/http/optional';
import { ScopeList } from '../../kernel/http/scope-list';
import { SeenText } from '../../kernel/http/seen-text';
import { CompatibilityDto, FindingDto } from './compatibility.dto';
import type { RestoreMode } from '../record/restore-mode';
import type { RestoreRunEntity } from '../record/restore-run.entity';
import type { RestoreLog, RestoreStep } from '../record/restore-steps';
import { writtenMeanwhile } from '../record/written-meanwhile';

/** `string`, which Swagger UI fills in, is no reason. */
const TEN_LETTERS = /^(?:\P{L}*\p{L}){10}/u;
const DRY_RUN_MODES = ['verify', 'rehearse'] as const;

/** Body of `POST /api/backups/{id}/restore`. */
export class StartRestoreDto {
  @ApiPropertyOptional({
    maxLength: 63,
    description: 'Name of the target database; required when the installation asks for confirmation.',
  })
  @Optional()
  @IsString()
  @MaxLength(63)
  confirm?: string;

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
export class PromoteDto {
  @ApiPropertyOptional({
    maxLength: 63,
    description: 'Name of the target database; required when the installation asks for confirmation.',
  })
  @Optional()
  @IsString()
  @MaxLength(63)
  confirm?: string;
}

/** One step of a restore run. */
export class RestoreStepDto {
  @ApiProperty({ type: String, example: 'restore_database', description: 'Name of the step.' })
  name!: RestoreStep['name'];

  @ApiProperty({ enum: RUN_STATUSES, description: 'How far it is. The web UI knows no other words.' })
  status!: RunStatus;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it began.' })
  started_at?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it ended.' })
  finished_at?: string;

  @ApiProperty({ example: 'backups.restore.step.restore_database', description: 'Empty: show the name.' })
  message_i18n_key!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    properties: {
      problems: { type: 'array', items: { type: 'string' } },
      findings: { type: 'array', items: { $ref: getSchemaPath(FindingDto) } },
    },
    description:
      '`error` says what was wrong; `problems` and `findings` what the check before a restore found in the way; `cause`, for callers with `backups.restore`, what the server or a program said: `message`, `sqlstate`, `schema`, `table`, `constraint`, `tool`, `errno`. With `skipped` the step was not needed, and `reason` says why.',
  })
  details?: Record<string, unknown>;

  /**
   * @param run a step that a failed run has not come to is still queued: it was neither done nor superfluous; one that a
   *   canceled run broke off or has not come to was canceled with it
   */
  static from({ status, ...step }: RestoreStep, run: RunStatus): RestoreStepDto {
    if (status !== 'skipped') return { ...step, status };
    const reason = step.details?.['reason'];
    if (reason === undefined && run !== 'success') return { ...step, status: run === 'canceled' ? run : 'queued' };
    return { ...step, status: 'success', details: { ...step.details, skipped: true, reason: reason ?? 'not needed' } };
  }
}

/** One line of a restore run's log. */
export class RestoreLogDto implements RestoreLog {
  @ApiProperty({ format: 'date-time', description: 'When.' })
  at!: string;

  @ApiProperty({ enum: ['info', 'error'], description: 'How bad it is.' })
  level!: RestoreLog['level'];

  @ApiProperty({ example: 'restore.step.restore_database', description: 'A dotted name, never free text.' })
  message!: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'What else is known of it.' })
  details?: Record<string, unknown>;
}

/** A restore run as clients see it. */
@ApiExtraModels(CompatibilityDto, FindingDto)
export class RestoreRunDto extends RunStateDto {
  @ApiProperty({ example: 12, description: 'The backup.' })
  artifact_id!: number;

  @ApiProperty({ description: 'Whether it is a dry run, which leaves the target as it is.' })
  dry_run!: boolean;

  @ApiProperty({
    enum: ['verify', 'rehearse', 'restore', 'rollback', 'promote'],
    description: 'What kind of run it is.',
  })
  mode!: RestoreMode;

  @ApiPropertyOptional({
    enum: ['swap', 'in_place', 'scoped', 'into'],
    description: 'How the database is, or for a dry run would be, replaced.',
  })
  strategy?: string;

  @ApiPropertyOptional({ description: 'Whether the backup is loaded while the target is open; absent when not.' })
  online?: boolean;

  @ApiPropertyOptional({ description: 'The new database that it makes; the target stays as it is.' })
  into?: string;

  @ApiPropertyOptional({ description: 'Of an online restore: where what is written while it loads goes.' })
  written_meanwhile?: string;

  @ApiProperty({ type: [RestoreStepDto], description: 'In the order in which they are done.' })
  steps!: RestoreStepDto[];

  @ApiProperty({ type: [RestoreLogDto], description: 'The last 400 lines.' })
  logs!: RestoreLogDto[];

  @ApiPropertyOptional({ format: 'date-time', description: 'Until when the previous database is kept.' })
  rollback_until?: string;

  @ApiPropertyOptional({ description: 'The database that a rehearsal keeps.' })
  scratch_database?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Until when it is kept.' })
  kept_until?: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    properties: {
      compatibility: {
        type: 'object',
        additionalProperties: true,
        allOf: [{ $ref: getSchemaPath(CompatibilityDto) }],
      },
    },
    description:
      '`mode`, `requested_by`, `manifest` (of its tables the 200 largest, and `table_count`), `compatibility`, `steps`, `logs`.',
  })
  meta_json!: Record<string, unknown>;

  /** @param sees.causes shows what the server or a program said to a step that failed */
  static from(run: RestoreRunEntity, sees: Sees): RestoreRunDto {
    const shown = sees.causes ? run.steps : run.steps.map(withoutCause);
    const isKept = run.rollbackUntil !== null && isKeptFor(run, run.rollbackUntil);
    const steps = shown.map((step) => RestoreStepDto.from(step, run.status));
    return {
      id: run.id,
      artifact_id: run.backupId,
      status: run.status,
      dry_run: run.dryRun,
      mode: run.mode,
      ...present({
        strategy: run.strategy,
        online: run.isOnline ? true : undefined,
        into: run.into,
        ...scratchOf(run),
        written_meanwhile: writtenMeanwhile(run),
      }),
      requested_by: run.requestedBy,
      steps,
      logs: run.logs,
      ...present({
        progress: run.progress,
        rollback_until: isKept ? run.rollbackUntil?.toISOString() : undefined,
        size_bytes: run.sizeBytes,
        filename: run.filename,
      }),
      ...errorFields(run.errorCode),
      meta_json: {
        mode: run.mode,
        requested_by: run.requestedBy,
        ...present({
          manifest: run.manifest,
          compatibility: run.compatibility && CompatibilityDto.from(run.compatibility),
        }),
        steps,
        logs: run.logs,
      },
      created_at: run.createdAt.toISOString(),
      updated_at: run.updatedAt.toISOString(),
      ...present({ finished_at: run.finishedAt?.toISOString() }),
    };
  }
}

/** `GET /api/backups/restores/{id}`. */
export class RestoreRunItemDto {
  @ApiProperty({ type: RestoreRunDto })
  item!: RestoreRunDto;
}

/** `GET /api/backups/restores`. */
export class RestoreRunListDto {
  @ApiProperty({ type: [RestoreRunDto], description: 'Those of this page, newest first.' })
  items!: RestoreRunDto[];

  @ApiProperty({ description: 'How many there are without limit and offset.' })
  total!: number;
}

/** `POST /api/backups/{id}/restore` and `/restore/dry-run`. */
export class RestoreStartedDto {
  @ApiProperty({ example: 3, description: 'Number of the run, to watch it by.' })
  restore_id!: number;

  @ApiProperty({ type: RestoreRunDto })
  item!: RestoreRunDto;
}

function scratchOf({ status, keptUntil, journal }: RestoreRunEntity): object {
  if (status !== 'success' || keptUntil === null || journal?.kind !== 'scratch') return {};
  return { scratch_database: journal.incoming, kept_until: keptUntil.toISOString() };
}

/** What is kept for no time at all is dropped as soon as the run has ended. */
function isKeptFor(run: RestoreRunEntity, until: Date): boolean {
  return run.finishedAt === null || until > run.finishedAt;
}

function withoutCause(step: RestoreStep): RestoreStep {
  if (step.details?.['cause'] === undefined) return step;
  const { cause: _cause, ...details } = step.details;
  return { ...step, details };
}
