import type { Notice } from './alert';

/** A way to people. */
export interface Channel {
  /** Stable: a notice on its way remembers it. */
  readonly name: string;
  /** @throws whatever keeps the notice from arriving; it is tried again then */
  send(notice: Notice): Promise<void>;
}
