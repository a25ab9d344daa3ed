import type { StreamState } from '../../api/event-stream';
import type { RestoreRun } from '../../api/types';
import { FailureNotice } from '../../components/failure-notice';
import { Notice } from '../../components/notice';
import { Badge, type Tone } from '../../components/status-badge';
import { formatClock } from '../../formats/time';
import { texts } from '../../texts/texts';
import { isRunOver, kindOf } from './run';
import { momentOf, type Moment } from './moment';

const TONES: Readonly<Record<Moment, Tone>> = {
  waiting: 'neutral',
  untouched: 'active',
  reading: 'active',
  loading_beside: 'active',
  closed: 'warning',
  undoing: 'bad',
  finishing: 'active',
  done: 'good',
  failed: 'bad',
  canceled: 'neutral',
};

interface Props {
  readonly run: RestoreRun;
  readonly stream: StreamState;
}

/** What is true at this moment, and whether it is known to be true still. */
export function RunMoment({ run, stream }: Props) {
  const { watch } = texts().restore;
  const moment = momentOf(run);
  const isOver = isRunOver(run);
  return (
    <>
      {/* The service closes the stream of a run that has ended: nothing is lost then. */}
      {stream.state === 'broken' && !isOver ? (
        <Notice tone="warning" title={watch.lost(formatClock(stream.since))} urgent>
          <p>{watch.restarting}</p>
        </Notice>
      ) : null}
      {stream.state === 'failed' ? <FailureNotice failure={stream.failure} /> : null}
      <Notice tone={TONES[moment]} title={sentenceOf(run, moment)}>
        {stream.state === 'live' && !isOver ? (
          <p class="live">
            <Badge tone="active" text={watch.live} /> <span class="quiet">{watch.onItsOwn}</span>
          </p>
        ) : null}
      </Notice>
    </>
  );
}

function sentenceOf(run: RestoreRun, moment: Moment): string {
  const { watch } = texts().restore;
  if (moment === 'done') return watch.ends[kindOf(run)];
  return moment === 'failed' ? watch.failedUntouched : watch.moments[moment];
}
