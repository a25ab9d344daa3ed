import { MINUTE_MS } from '../kernel/clock/durations';
import { addressGroup, neighbourhood } from '../kernel/request/address-group';
import type { AuditEntry } from './audit.service';

/** As long as callers' reads are counted together. */
const WINDOW_MS = 5 * MINUTE_MS;
/** Addresses of one /24 that have windows of their own; from then on the /24 has one. */
const NEIGHBOURS = 8;
/** Windows at once, of all addresses together. Beyond them there is one more for each kind of refusal. */
const MAX_WINDOWS = 100;
const ELSEWHERE = 'elsewhere';

/** What strangers from one place were refused in one way within five minutes. */
export interface StrangerWindow {
  /** The first of them. */
  readonly entry: AuditEntry;
  readonly key: string;
  /** An address, a network, or `elsewhere`. */
  readonly place: string;
  readonly openedAtMs: number;
  /** Whether the first of them is in the log. */
  isRecorded: boolean;
  /** Those that came after it. */
  more: number;
}

/** Counts refusals of strangers, by place and kind. In memory, and of bounded size. */
export class StrangerWindows {
  private readonly windows = new Map<string, StrangerWindow>();

  /**
   * Counts a refusal.
   *
   * @param kind of refusal; never anything that a stranger can make up
   * @returns the window that it has opened, if it is the first of its kind from there
   */
  count(entry: AuditEntry, kind: string, nowMs: number): StrangerWindow | undefined {
    const place = this.placeOf(entry.sourceIp, kind);
    const key = `${kind} ${place}`;
    const window = this.windows.get(key);
    if (window !== undefined) {
      window.more += 1;
      return undefined;
    }
    const opened = { entry, key, place, openedAtMs: nowMs, isRecorded: false, more: 0 };
    this.windows.set(key, opened);
    return opened;
  }

  all(): readonly StrangerWindow[] {
    return [...this.windows.values()];
  }

  isOver({ openedAtMs }: StrangerWindow, nowMs: number): boolean {
    return nowMs - openedAtMs >= WINDOW_MS;
  }

  /** Forgets a window: the next refusal of its kind opens a new one. */
  remove({ key }: StrangerWindow): void {
    this.windows.delete(key);
  }

  private placeOf(address: string | undefined, kind: string): string {
    const group = addressGroup(address);
    if (this.windows.has(`${kind} ${group}`)) return group;
    const around = neighbourhood(address);
    if (this.windows.has(`${kind} ${around}`)) return around;
    if (this.windows.size >= MAX_WINDOWS) return ELSEWHERE;
    const neighbours = this.all().filter(
      ({ key, entry }) => key.startsWith(`${kind} `) && neighbourhood(entry.sourceIp) === around,
    );
    return neighbours.length >= NEIGHBOURS ? around : group;
  }
}
