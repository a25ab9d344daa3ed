import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import type { Request, Response } from 'express';
import { Audited, type RecordDetails, type RequestFields } from '../../audit/audited';
import { liveRuns, seenBy } from '../../backups/http/live-runs';
import { Access } from '../../kernel/access/access.decorator';
import type { Caller } from '../../kernel/request/caller';
import { CurrentCaller } from '../../kernel/access/current-caller';
import type { ErrorCode } from '../../kernel/errors/error-table';
import { requireJsonBody } from '../../kernel/http/json-body';
import { sendEvents, wantsEvents } from '../../kernel/http/event-stream';
import { IdParam } from '../../kernel/http/id.pipe';
import { PageQuery } from '../../kernel/http/page-query';
import { OperationsService } from '../../kernel/operations/operations.service';
import { AllowedInMaintenance } from '../../maintenance/allowed-in-maintenance';
import { PromoteDto, StartDryRunDto, StartRestoreDto } from './restore-requests.dto';
import { RestoreRunDto, RestoreRunItemDto, RestoreRunListDto, RestoreStartedDto } from './restore.dto';
import { RestoreService } from '../run/restore.service';
import { sendStarted, startedRun } from './send-started';

const DRY_RUN_ERRORS: readonly ErrorCode[] = [
  'backups.not_found',
  'backups.not_ready',
  'backups.file_busy',
  'backups.concurrent_operation',
];

/** Dry runs and real restores. Registered before the backups' routes, so that `restores` is never taken for an id. */
@ApiTags('Restore')
@Controller('backups')
export class RestoreController {
  private readonly live = liveRuns(
    (id) => this.restores.get(id),
    (run, sees) => RestoreRunDto.from(run, sees),
  );

  constructor(
    private readonly restores: RestoreService,
    private readonly operations: OperationsService,
  ) {}

  @Get('restores')
  @Audited('backups.restore.read')
  @Access('backups.read', { summary: 'List restore runs, newest first', response: RestoreRunListDto })
  async list(@CurrentCaller() caller: Caller, @Query() query: PageQuery): Promise<RestoreRunListDto> {
    const { items, total } = await this.restores.list(query);
    return { items: items.map((run) => RestoreRunDto.from(run, seenBy(caller))), total };
  }

  @Get('restores/:id')
  @AllowedInMaintenance()
  @SkipThrottle()
  @Audited('backups.restore.read')
  @Access('backups.read', {
    summary: 'Show a restore run, step by step',
    description:
      'The one route that answers while a restore runs and all others answer 503. With `Accept: text/event-stream` as a stream of events while it changes.',
    response: RestoreRunItemDto,
    events: true,
    errors: ['backups.not_found'],
  })
  async get(
    @CurrentCaller() caller: Caller,
    @IdParam() id: number,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RestoreRunItemDto | StreamableFile | undefined> {
    const sees = seenBy(caller);
    if (wantsEvents(request)) {
      return sendEvents({ request, response }, this.live(sees), { id, isClosing: () => this.operations.isClosing });
    }
    return { item: RestoreRunDto.from(await this.restores.get(id), sees) };
  }

  @Post(':id/restore/dry-run')
  @ApiBody({ type: StartDryRunDto, examples: { verify: { value: {} }, rehearse: { value: { mode: 'rehearse' } } } })
  @Audited('backups.restore.dry_run', { details: startedAsAsked })
  @Access('backups.restore', {
    summary: 'Check a backup without touching the target',
    description:
      'Authenticates every byte, compares every digest, reads every archive to its end and compares with the target. Mode `rehearse` also loads it into a scratch database, counts the rows, and drops it, or keeps it for `keep_hours`.',
    status: HttpStatus.ACCEPTED,
    response: RestoreStartedDto,
    errors: DRY_RUN_ERRORS,
  })
  async startDryRun(
    @CurrentCaller() caller: Caller,
    @IdParam() id: number,
    @Body() body: StartDryRunDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RestoreStartedDto> {
    return sendStarted(
      await this.restores.startDryRun(caller.name, id, body.mode ?? 'verify', {
        allowsIncomplete: body.allow_incomplete === true,
        keepHours: body.keep_hours,
      }),
      response,
    );
  }

  @Post(':id/verify')
  @Audited('backups.verify', { details: startedRun })
  @Access('backups.restore', {
    summary: 'Verify a backup',
    description: 'A dry run in mode `verify`.',
    status: HttpStatus.ACCEPTED,
    response: RestoreStartedDto,
    errors: DRY_RUN_ERRORS,
  })
  async verify(
    @CurrentCaller() caller: Caller,
    @IdParam() id: number,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RestoreStartedDto> {
    return sendStarted(await this.restores.startDryRun(caller.name, id, 'verify'), response);
  }

  @Post('restores/:id/cancel')
  @Audited('backups.cancel')
  @Access('backups.restore', {
    summary: 'Cancel a dry run, a restore into a new database, or an online one that still loads',
    status: HttpStatus.ACCEPTED,
    response: RestoreRunItemDto,
    also: { [HttpStatus.ACCEPTED]: 'Asked for: the run ends soon, and its own route says when it has.' },
    errors: ['backups.not_found', 'backups.not_ready'],
  })
  async cancel(@IdParam() id: number): Promise<RestoreRunItemDto> {
    return { item: RestoreRunDto.from(await this.restores.cancel(id), { causes: true }) };
  }

  @Post('restores/:id/rollback')
  @Audited('backups.restore.rollback', { details: startedRun })
  @Access('backups.restore', {
    summary: 'Put back the state before a restore',
    description: 'While the old database is kept (`rollback_until`). A restore run of its own, with the same safety.',
    status: HttpStatus.ACCEPTED,
    response: RestoreStartedDto,
    errors: ['backups.not_found', 'backups.not_ready', 'backups.concurrent_operation'],
  })
  async rollBack(
    @CurrentCaller() caller: Caller,
    @IdParam() id: number,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RestoreStartedDto> {
    return sendStarted(await this.restores.startRollback(caller, id), response);
  }

  @Post('restores/:id/promote')
  @Audited('backups.restore.promote', { details: startedRun })
  @Access('backups.restore', {
    summary: 'Put the database of a rehearsal in the place of the target',
    description:
      'While it is kept (`kept_until`). A restore run of its own: maintenance, exchange by rename, rollback included. Maintenance lasts seconds.',
    status: HttpStatus.ACCEPTED,
    response: RestoreStartedDto,
    errors: ['backups.not_found', 'backups.not_ready', 'backups.concurrent_operation'],
  })
  async promote(
    @CurrentCaller() caller: Caller,
    @IdParam() id: number,
    @Body() body: PromoteDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RestoreStartedDto> {
    return sendStarted(await this.restores.startPromotion(caller, id, body.confirm), response);
  }

  @Post('restores/:id/discard')
  @HttpCode(HttpStatus.OK)
  @Audited('backups.restore.discard')
  @Access('backups.restore', {
    summary: 'Drop the database that a rehearsal keeps',
    response: RestoreRunItemDto,
    errors: ['backups.not_found', 'backups.not_ready'],
  })
  async discard(@IdParam() id: number): Promise<RestoreRunItemDto> {
    return { item: RestoreRunDto.from(await this.restores.discard(id), { causes: true }) };
  }

  @Post(':id/restore')
  @ApiBody({
    type: StartRestoreDto,
    examples: {
      'all of it': { value: {} },
      'short maintenance': { value: { online: true } },
      'a copy': { value: { into: 'scc_copy' } },
      'single tables': { value: { tables: ['public.docs', 'public.doc_*'] } },
    },
  })
  @Audited('backups.restore.start', { details: startedAsAsked })
  @Access('backups.restore', {
    summary: 'Restore the target from a backup',
    description:
      'The backup is loaded into a staging database while maintenance is on, checked, and exchanged with the target by rename. With `online` it is loaded before maintenance begins; with `into` it becomes a new database, without maintenance; with `scope` or `tables` rows of some tables are replaced in one transaction. Whatever fails before the exchange leaves the target as it was.',
    status: HttpStatus.ACCEPTED,
    response: RestoreStartedDto,
    errors: [...DRY_RUN_ERRORS, 'backups.restore.database_exists'],
  })
  async start(
    @CurrentCaller() caller: Caller,
    @IdParam() id: number,
    @Body() body: StartRestoreDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RestoreStartedDto> {
    requireJsonBody(request);
    return sendStarted(await this.restores.start(caller, id, body), response);
  }
}

/** The record of a run with which safeguards the caller has declined, and why. */
function startedAsAsked(answer: RestoreStartedDto, asked: RequestFields): RecordDetails {
  return {
    ...startedRun(answer),
    skip_safety_backup_reason: asked['skip_safety_backup_reason'],
    allow_incomplete: asked['allow_incomplete'] === true ? true : undefined,
    into: asked['into'],
    tables: answer.item.tables,
    keep_hours: asked['keep_hours'],
    ...(asked['online'] === true ? { online: true, written_meanwhile_in: 'the kept copy' } : {}),
  };
}
