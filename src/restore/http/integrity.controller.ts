import { seenBy } from '../../backups/http/live-runs';
import { Controller, Get, HttpStatus, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Audited } from '../../audit/audited';
import { Access } from '../../kernel/access/access.decorator';
import type { Caller } from '../../kernel/request/caller';
import { CurrentCaller } from '../../kernel/access/current-caller';
import { CurrentAlerts } from '../../alerts/current-alerts';
import { present } from '../../engine/optional/present';
import { IntegrityItemDto } from './integrity.dto';
import { IntegrityService } from '../integrity/integrity.service';
import { Leftovers } from '../leftovers/leftovers';
import { RestoreStartedDto } from './restore.dto';
import { sendStarted, startedRun } from './send-started';

/** When the system was last proven restorable. Registered before the backups' routes, as the restores are. */
@ApiTags('Integrity')
@Controller('backups/integrity')
export class IntegrityController {
  constructor(
    private readonly integrity: IntegrityService,
    private readonly alerts: CurrentAlerts,
    private readonly leftovers: Leftovers,
  ) {}

  @Get()
  @Audited('backups.integrity.read')
  @Access('backups.read', { summary: 'Show whether the system is known to be restorable', response: IntegrityItemDto })
  async get(@CurrentCaller() caller: Caller): Promise<IntegrityItemDto> {
    const { causes } = seenBy(caller);
    const alerts = (await this.alerts.list()).map(({ name, message, cause, since }) => ({
      alert: name,
      message,
      ...present({ cause: causes ? cause : undefined }),
      since: since.toISOString(),
    }));
    return { item: { ...(await this.integrity.get()), alerts, leftovers: await this.leftovers.list() } };
  }

  @Post('run')
  @Audited('backups.integrity.run', { details: startedRun })
  @Access('backups.restore', {
    summary: 'Run a restore test now',
    description:
      'Rehearses the newest successful backup that was made here: loads it into a scratch database, counts the rows, drops it. Imported backups do not count.',
    status: HttpStatus.ACCEPTED,
    response: RestoreStartedDto,
    errors: ['backups.not_ready', 'backups.concurrent_operation', 'backups.file_busy'],
  })
  async run(
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RestoreStartedDto> {
    return sendStarted(await this.integrity.run(caller.name), response);
  }
}
