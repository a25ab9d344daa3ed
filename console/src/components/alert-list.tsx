import type { ComponentChildren } from 'preact';
import { texts } from '../texts/texts';
import type { Tone } from './status-badge';
import { Time } from './time';

export interface AlertItem {
  readonly key: string;
  readonly tone: Tone;
  readonly title: string;
  readonly message: string;
  readonly since?: string | undefined;
  readonly cause?: string | undefined;
  /** What a person can do about it. */
  readonly advice?: ComponentChildren;
}

/** What is wrong, each with what to do about it. */
export function AlertList({ alerts }: { readonly alerts: readonly AlertItem[] }) {
  const { alerts: text } = texts().common;
  if (alerts.length === 0) return <p class="quiet">{text.none}</p>;
  return (
    <ul class="alerts">
      {alerts.map(({ key, tone, title, message, since, cause, advice }) => (
        <li key={key} class={`notice notice-${tone}`}>
          <strong class="notice-title">{title}</strong>
          <p>{message}</p>
          {cause === undefined ? null : (
            <p class="quiet">
              {text.cause}: {cause}
            </p>
          )}
          {advice === undefined ? null : (
            <p>
              {text.whatToDo}: {advice}
            </p>
          )}
          {since === undefined ? null : (
            <p class="quiet">
              {text.since} <Time at={since} /> (<Time at={since} relative />)
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}
