import { setTimeout as delay } from 'node:timers/promises';

/** How often a watched row is read. */
const LOOK_EVERY_MS = 500;

/** A row as it is shown, and whether it may still change. */
export interface Look {
  /** Milliseconds; grows with every change of the row, on whichever replica. */
  version: number;
  /** As it is sent. */
  json: string;
  isEnded: boolean;
}

/**
 * Rows that are watched while they change. A row is read once for all of its watchers. Nothing is kept for a slow watcher:
 * when it is ready for more it gets the newest version.
 */
export class LiveRows {
  private readonly next = new Map<number, Promise<Look | undefined>>();

  /** @param look reads a row; what it throws later ends nothing: the row is looked at again */
  constructor(readonly look: (id: number) => Promise<Look>) {}

  /** The row a little later; `undefined` when it could not be read. */
  async later(id: number): Promise<Look | undefined> {
    let next = this.next.get(id);
    if (next === undefined) {
      next = delay(LOOK_EVERY_MS)
        .then(() => this.look(id))
        .catch(() => undefined)
        .finally(() => this.next.delete(id));
      this.next.set(id, next);
    }
    return next;
  }
}
