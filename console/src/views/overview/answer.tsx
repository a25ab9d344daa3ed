import type { Integrity, Plan } from '../../api/types';
import type { Tone } from '../../components/status-badge';
import { formatDuration } from '../../formats/duration';
import { formatRelative } from '../../formats/time';
import { texts } from '../../texts/texts';
import { judgeSafety, type Safety, type Seen } from './safety';

const TONES: Readonly<Record<Safety['answer'], Tone>> = { yes: 'good', unproven: 'warning', no: 'bad' };

interface Props {
  readonly integrity: Integrity;
  readonly plan: Plan;
  readonly seen: Seen;
}

/** The one sentence that answers "am I safe?", and the facts that it rests on. */
export function Answer({ integrity, plan, seen }: Props) {
  const { overview } = texts();
  const { answer, concern } = judgeSafety(integrity, plan, seen);
  const tone = answer === 'yes' && concern !== 'none' ? 'warning' : TONES[answer];
  const { last_proven_restorable_at: proven, measured_restore_seconds: seconds } = integrity;
  const { last_successful_backup_at: newest } = integrity;
  const facts = [
    proven === undefined ? overview.notProven : overview.proven(formatRelative(proven)),
    ...(seconds === undefined ? [] : [overview.takes(formatDuration(seconds))]),
    ...(newest === undefined ? [] : [overview.newest(formatRelative(newest))]),
    plan.enabled && plan.next_run_at !== undefined ? overview.next(formatRelative(plan.next_run_at)) : overview.noNext,
  ];
  return (
    <section class={`answer answer-${tone}`} aria-label={overview.question}>
      <p class="answer-line">
        <strong>{overview.answers[answer]}</strong>: {overview.concerns[concern]}
      </p>
      <p>{facts.join('; ')}.</p>
    </section>
  );
}
