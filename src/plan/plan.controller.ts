import { Body, Controller, Get, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Audited } from '../audit/audited';
import { Clock } from '../kernel/clock/clock';
import { Access } from '../kernel/access/access.decorator';
import { DueRuns } from './due-runs.service';
import { NextRunDto, PlanDto, PlanItemDto, PlanPreviewDto, PreviewQuery, UpdatePlanDto } from './plan.dto';
import type { PlanEntity } from './plan.entity';
import { PlanService, scheduleOf } from './plan.service';
import { RetentionService } from './retention.service';
import { upcoming } from './schedule';

/** When backups are made by themselves, and which stay. Registered before the backups' routes, so that `plan` is never taken for an id. */
@ApiTags('Plan')
@Controller('backups/plan')
export class PlanController {
  constructor(
    private readonly plans: PlanService,
    private readonly dueRuns: DueRuns,
    private readonly retention: RetentionService,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Audited('backups.plan.read')
  @Access('backups.read', { summary: 'Show the plan', response: PlanItemDto })
  async get(): Promise<PlanItemDto> {
    return this.answer(await this.plans.get());
  }

  @Put()
  @Audited('backups.plan.update')
  @Access('backups.plan.update', {
    summary: 'Change the plan',
    description: 'What is left out is kept. A changed schedule takes effect at once, and has missed nothing.',
    response: PlanItemDto,
    errors: ['backups.plan.invalid'],
  })
  async update(@Body() body: UpdatePlanDto): Promise<PlanItemDto> {
    return this.answer(await this.plans.update(body));
  }

  @Post('enable')
  @Audited('backups.plan.enable')
  @Access('backups.plan.update', { summary: 'Turn the plan on', response: PlanItemDto })
  async enable(): Promise<PlanItemDto> {
    return this.answer(await this.plans.setEnabled(true));
  }

  @Post('disable')
  @Audited('backups.plan.disable')
  @Access('backups.plan.update', { summary: 'Turn the plan off', response: PlanItemDto })
  async disable(): Promise<PlanItemDto> {
    return this.answer(await this.plans.setEnabled(false));
  }

  @Get('preview')
  @Audited('backups.plan.read')
  @Access('backups.read', {
    summary: 'Show what the plan would do',
    description: 'The next run times, and for every backup whether retention would remove it today, and why not.',
    response: PlanPreviewDto,
  })
  async preview(@Query() { runs }: PreviewQuery): Promise<PlanPreviewDto> {
    const plan = await this.plans.get();
    const schedule = scheduleOf(plan);
    return {
      next_runs: upcoming(schedule, this.clock.now(), runs).map((at) => NextRunDto.from(at, schedule.timeZone)),
      retention: (await this.retention.preview(plan)).map(({ id, keep, reason }) => ({
        backup_id: id,
        decision: keep ? 'keep' : 'remove',
        reason,
      })),
    };
  }

  private async answer(plan: PlanEntity): Promise<PlanItemDto> {
    return { item: PlanDto.from(plan, await this.dueRuns.nextRunAt(plan)) };
  }
}
