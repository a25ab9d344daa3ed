import type { StreamState } from '../api/event-stream';
import { formatClock } from '../formats/time';
import { texts } from '../texts/texts';
import { FailureNotice } from './failure-notice';
import { Badge } from './status-badge';

/** Whether what is shown is as it is now. */
export function StreamNotice({ stream }: { readonly stream: StreamState }) {
  const { stream: text } = texts().common;
  switch (stream.state) {
    case 'connecting':
      return <Badge tone="neutral" text={text.connecting} />;
    case 'live':
      return <Badge tone="active" text={text.live} />;
    case 'broken':
      return (
        <p class="notice notice-warning" role="status">
          {text.broken(formatClock(stream.since))}
        </p>
      );
    case 'failed':
      return <FailureNotice failure={stream.failure} />;
    case 'ended':
      return null;
  }
}
