import { Body, Controller, Get, Post, Put, Query, Req } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Audited } from '../audit/audited';
import { Access } from '../kernel/access/access.decorator';
import { contextOf } from '../kernel/request/request-context';
import { DueRuns } from './due-runs.service';
import { PlanDto, PlanItemDto, UpdatePlanDto } from './plan.dto';
import type { PlanEntity } from './plan.entity';
import { NextRunDto, PlanPreviewDto, PreviewQuery, RetentionVerdictDto } from './plan-preview.dto';
import { PlanService } from './plan.service';
import { scheduleOf } from './schedule-of';
import { RetentionService } from './retention.service';

/** The plan of a new installation: sent untouched, it changes nothing there. */
const NEW_PLAN = {
  enabled: false,
  schedule_type: 'daily',
  schedule_hour: 2,
  schedule_minute: 0,
  retention_days: 30,
  keep_last_successful: 5,
  include_files: false,
} satisfies UpdatePlanDto;

/** When backups are made by themselves, and which stay. Registered before the backups' routes, so that `plan` is never taken for an id. */
@ApiTags('Plan')
@Controller('backups/plan')
export class PlanController {
  constructor(
    private readonly plans: PlanService,
    private readonly dueRuns: DueRuns,
    private readonly retention: RetentionService,
  ) {}

  @Get()
  @Audited('backups.plan.read')
  @Access('backups.read', { summary: 'Show the plan', response: PlanItemDto })
  async get(): Promise<PlanItemDto> {
    return this.answer(await this.plans.get());
  }

  @Put()
  @ApiBody({ type: UpdatePlanDto, examples: { 'a new installation': { value: NEW_PLAN } } })
  @Audited('backups.plan.update')
  @Access('backups.plan.update', {
    summary: 'Change the plan',
    description: 'What is left out is kept. A changed schedule takes effect at once, and has missed nothing.',
    response: PlanItemDto,
    errors: ['backups.plan.invalid'],
  })
  async update(@Body() body: UpdatePlanDto, @Req() request: Request): Promise<PlanItemDto> {
    const { before, plan } = await this.plans.update(body);
    const [was, is] = [PlanDto.from(before, undefined), PlanDto.from(plan, undefined)];
    contextOf(request).recordDetails = { changed: changesOf(was, is) };
    return this.answer(plan);
  }

  @Post('enable')
  @Audited('backups.plan.enable')
  @Access('backups.plan.update', {
    summary: 'Turn the plan on',
    response: PlanItemDto,
    errors: ['backups.plan.invalid'],
  })
  async enable(): Promise<PlanItemDto> {
    return this.answer((await this.plans.setEnabled(true)).plan);
  }

  @Post('disable')
  @Audited('backups.plan.disable')
  @Access('backups.plan.update', { summary: 'Turn the plan off', response: PlanItemDto })
  async disable(): Promise<PlanItemDto> {
    return this.answer((await this.plans.setEnabled(false)).plan);
  }

  @Get('preview')
  @Audited('backups.plan.read')
  @Access('backups.read', {
    summary: 'Show what the plan would do',
    description:
      'The next run times, and for every backup whether retention would remove it now, and why not. While the plan is off: as if it were on.',
    response: PlanPreviewDto,
  })
  async preview(@Query() { runs }: PreviewQuery): Promise<PlanPreviewDto> {
    return this.previewOf(await this.plans.get(), runs);
  }

  @Post('preview')
  @ApiBody({ type: UpdatePlanDto, examples: { 'a new installation': { value: NEW_PLAN } } })
  @Audited('backups.plan.read')
  @Access('backups.plan.update', {
    summary: 'Show what the plan would do after a change',
    description: 'Takes the body of the change and makes none: for a form that shows what it would lead to.',
    response: PlanPreviewDto,
    errors: ['backups.plan.invalid'],
  })
  async previewDraft(@Query() { runs }: PreviewQuery, @Body() body: UpdatePlanDto): Promise<PlanPreviewDto> {
    return this.previewOf(await this.plans.draft(body), runs);
  }

  private async previewOf(plan: PlanEntity, runs: number): Promise<PlanPreviewDto> {
    const { timeZone } = scheduleOf(plan);
    return {
      enabled: plan.enabled,
      next_runs: (await this.dueRuns.nextRuns(plan, runs)).map((at) => NextRunDto.from(at, timeZone)),
      retention: (await this.retention.preview(plan)).map((verdict) => RetentionVerdictDto.from(verdict)),
    };
  }

  private async answer(plan: PlanEntity): Promise<PlanItemDto> {
    return { item: PlanDto.from(plan, await this.dueRuns.nextRunAt(plan)) };
  }
}

/** Which fields have another value now, and which one they had. */
function changesOf(was: PlanDto, is: PlanDto): Record<string, { from: unknown; to: unknown }> {
  const { updated_at: _then, ...before } = was;
  const after = new Map<string, unknown>(Object.entries(is));
  const changed = Object.entries(before).filter(([field, value]) => after.get(field) !== value);
  return Object.fromEntries(changed.map(([field, from]) => [field, { from, to: after.get(field) }]));
}
