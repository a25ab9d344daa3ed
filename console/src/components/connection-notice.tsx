import { lostSince } from '../session/connection';
import { formatClock } from '../formats/time';
import { texts } from '../texts/texts';
import { Notice } from './notice';

/** Says over every view that the service is away, and since when; nothing while it answers. */
export function ConnectionNotice() {
  const since = lostSince.value;
  const { unreachable } = texts().common;
  if (since === undefined) return null;
  return (
    <Notice tone="warning" title={unreachable.title} urgent>
      <p>{unreachable.asOf(formatClock(since))}</p>
    </Notice>
  );
}
