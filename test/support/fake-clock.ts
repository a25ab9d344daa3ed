import { Clock } from '../../src/kernel/clock/clock';

/** A clock that stands until it is set. */
export class FakeClock extends Clock {
  private time: Date;

  /** @param start RFC 3339 */
  constructor(start: string) {
    super();
    this.time = new Date(start);
  }

  now(): Date {
    return new Date(this.time);
  }

  set(time: Date): void {
    this.time = time;
  }
}
