import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { RUN_STATUSES, type RunStatus } from '../../backups/catalogue/backup.entity';
import type { Sees } from '../../backups/http/live-runs';
import { errorFields, RunStateDto } from '../../backups/http/run-state.dto';
import { present } from '../../engine/optional/present';
import { writtenName } from '../../engine/postgres/extract/table-choice';
import { CompatibilityDto, FindingDto } from './compatibility.dto';
import type { RestoreMode } from '../record/restore-mode';
import type { RestoreRunEntity } from '../record/restore-run.entity';
import type { RestoreLog, RestoreStep } from '../record/restore-steps';
import { writtenMeanwhile } from '../record/written-meanwhile';

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

/** A role that is configured to read the database of a rehearsal, and may not. */
export class RefusedReaderDto {
  @ApiProperty({ example: 'auditor', description: 'The role.' })
  role!: string;

  @ApiProperty({ example: 'reader.may_write', description: 'The finding (docs/findings.md).' })
  code!: string;

  @ApiProperty({ description: 'Why, in words.' })
  message!: string;
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

  @ApiPropertyOptional({
    type: [String],
    example: ['public.docs'],
    description: 'Of a restore of single tables: which, as SQL names them.',
  })
  tables?: string[];

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

  @ApiPropertyOptional({ type: [String], description: 'Roles that may read it until then.' })
  scratch_readers?: readonly string[];

  @ApiPropertyOptional({
    type: [RefusedReaderDto],
    description: 'Roles of BERKUT_BACKUP_SCRATCH_READERS that may not read it.',
  })
  scratch_readers_refused?: readonly RefusedReaderDto[];

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
        tables: run.tables?.map(writtenName),
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
  const { incoming, readers } = journal;
  return {
    scratch_database: incoming,
    kept_until: keptUntil.toISOString(),
    ...(readers && { scratch_readers: readers.admitted }),
    ...(readers && readers.refused.length > 0 && { scratch_readers_refused: readers.refused }),
  };
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
