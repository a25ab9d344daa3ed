import { Injectable, OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../../kernel/config/config';
import { ArrivingCheck } from './arriving-check';

/** As many as arrive at once. An upload whose check had to make room is read again from its beginning. */
const MAX_IDLE = 4;

/** Keeps the checks of uploads between their requests, so that each byte is looked at once. */
@Injectable()
export class ArrivingChecks implements OnApplicationShutdown {
  private readonly idle = new Map<string, ArrivingCheck>();

  constructor(private readonly config: AppConfig) {}

  /** Lends the check of an upload to the one request that works at it. */
  take(id: string): ArrivingCheck {
    const check = this.idle.get(id) ?? new ArrivingCheck(this.config.keyRing);
    this.idle.delete(id);
    return check;
  }

  giveBack(id: string, check: ArrivingCheck): void {
    this.idle.set(id, check);
    const [oldest] = this.idle.keys();
    if (this.idle.size > MAX_IDLE && oldest !== undefined) this.forget(oldest);
  }

  forget(id: string): void {
    this.idle.get(id)?.stop();
    this.idle.delete(id);
  }

  onApplicationShutdown(): void {
    for (const id of [...this.idle.keys()]) this.forget(id);
  }
}
