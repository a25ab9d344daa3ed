import { Body, Controller, Get, HttpStatus, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import type { Response } from 'express';
import { Audited } from '../audit/audited';
import { Access } from '../kernel/access/access.decorator';
import type { Caller } from '../kernel/access/caller';
import { CurrentCaller } from '../kernel/access/current-caller';
import { IdParam } from '../kernel/http/id.pipe';
import { AllowedInMaintenance } from '../maintenance/allowed-in-maintenance';
import {
  ListRestoresQuery,
  RestoreRunDto,
  RestoreRunItemDto,
  RestoreRunListDto,
  RestoreStartedDto,
  StartDryRunDto,
  StartRestoreDto,
} from './restore.dto';
import type { RestoreRunEntity } from './restore-run.entity';
import { RestoreService } from './restore.service';

/** Dry runs and real restores. Registered before the backups' routes, so that `restores` is never taken for an id. */
@ApiTags('Restore')
@Controller('backups')
export class RestoreController {
  constructor(private readonly restores: RestoreService) {}

  @Get('restores')
  @Audited('backups.restore.read')
  @Access('backups.read', { summary: 'List restore runs, newest first', response: RestoreRunListDto })
  async list(@Query() query: ListRestoresQuery): Promise<RestoreRunListDto> {
    const { items, total } = await this.restores.list(query);
    return { items: items.map((run) => RestoreRunDto.from(run)), total };
  }

  @Get('restores/:id')
  @AllowedInMaintenance()
  @SkipThrottle()
  @Audited('backups.restore.read')
  @Access('backups.read', {
    summary: 'Show a restore run, step by step',
    description: 'The one route that answers while a restore runs and all others answer 503.',
    response: RestoreRunItemDto,
    errors: ['backups.not_found'],
  })
  async get(@IdParam() id: number): Promise<RestoreRunItemDto> {
    return { item: RestoreRunDto.from(await this.restores.get(id)) };
  }

  @Post(':id/restore/dry-run')
  @Audited('backups.restore.dry_run')
  @Access('backups.restore', {
    summary: 'Check a backup without touching the target',
    description:
      'Authenticates every byte, compares every digest, reads every archive to its end and compares with the target.',
    status: HttpStatus.ACCEPTED,
    response: RestoreStartedDto,
    errors: ['backups.not_found', 'backups.not_ready', 'backups.file_busy'],
  })
  async startDryRun(
    @CurrentCaller() caller: Caller,
    @IdParam() id: number,
    @Body() _body: StartDryRunDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RestoreStartedDto> {
    return started(await this.restores.startDryRun(caller, id), response);
  }

  @Post(':id/restore')
  @Audited('backups.restore.start')
  @Access('backups.restore', {
    summary: 'Restore the target from a backup',
    description:
      'The backup is loaded into a staging database while maintenance is on, checked, and exchanged with the target by rename. Whatever fails before the exchange leaves the target as it was.',
    status: HttpStatus.ACCEPTED,
    response: RestoreStartedDto,
    errors: ['backups.not_found', 'backups.not_ready', 'backups.file_busy', 'backups.concurrent_operation'],
  })
  async start(
    @CurrentCaller() caller: Caller,
    @IdParam() id: number,
    @Body() body: StartRestoreDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RestoreStartedDto> {
    return started(await this.restores.start(caller, id, body), response);
  }
}

function started(run: RestoreRunEntity, response: Response): RestoreStartedDto {
  response.location(`/api/backups/restores/${String(run.id)}`);
  return { restore_id: run.id, item: RestoreRunDto.from(run) };
}
