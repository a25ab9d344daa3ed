import { Injectable } from '@nestjs/common';

/** When the recurring jobs of this process last ran. */
@Injectable()
export class Heartbeats {
  private readonly beats = new Map<string, { atMs: number; everyMs: number }>();

  /** Notes that a job runs now, and will again after about `everyMs`. */
  beat(job: string, everyMs: number): void {
    this.beats.set(job, { atMs: performance.now(), everyMs });
  }

  /** Jobs with whether they still run; one that has missed three turns does not. */
  check(): { job: string; isAlive: boolean }[] {
    const nowMs = performance.now();
    return [...this.beats].map(([job, { atMs, everyMs }]) => ({ job, isAlive: nowMs - atMs <= 3 * everyMs + 10_000 }));
  }
}
