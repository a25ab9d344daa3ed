import type { PlanEntity } from './plan.entity';
import type { Schedule } from './schedule';

/** The plan's schedule; fields that do not count for its type have fixed values. */
export function scheduleOf(plan: PlanEntity): Schedule {
  return {
    type: plan.scheduleType,
    weekday: plan.scheduleType === 'weekly' ? plan.scheduleWeekday : 0,
    hour: plan.scheduleHour,
    minute: plan.scheduleMinute,
    intervalHours: plan.scheduleType === 'hourly' ? plan.scheduleIntervalHours : 1,
    cron: plan.scheduleType === 'cron' ? plan.scheduleCron : '',
    timeZone: plan.scheduleTimezone,
  };
}
