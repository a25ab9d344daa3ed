import type { Notice } from '../alerts/alert';

/** A way to people, or to a watcher. */
export interface Channel {
  /** Stable: a notice on its way remembers it. */
  readonly name: string;
  /** Whether this notice is for this channel. */
  takes(notice: Notice): boolean;
  /** @throws whatever keeps the notice from arriving; it is tried again then */
  send(notice: Notice): Promise<void>;
}
