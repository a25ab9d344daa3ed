import type { ComponentChildren } from 'preact';
import type { Tone } from './status-badge';

interface Props {
  readonly tone: Tone;
  readonly title?: string;
  /** Read out at once, because the person at the page has just done something. */
  readonly urgent?: boolean;
  readonly children?: ComponentChildren;
}

/** A message within a view. */
export function Notice({ tone, title, urgent = false, children }: Props) {
  return (
    <div class={`notice notice-${tone}`} role={urgent ? 'alert' : 'status'}>
      {title === undefined ? null : <strong class="notice-title">{title}</strong>}
      {children}
    </div>
  );
}
