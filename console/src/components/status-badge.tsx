import type { RunStatus } from '../api/types';
import { texts } from '../texts/texts';

/** How something is; the shape in front says the same as the colour. */
export type Tone = 'good' | 'bad' | 'warning' | 'active' | 'neutral';

const MARKS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', warning: '!', active: '●', neutral: '–' };

const TONES: Readonly<Record<RunStatus, Tone>> = {
  queued: 'neutral',
  running: 'active',
  success: 'good',
  failed: 'bad',
  canceled: 'neutral',
};

export function toneOf(status: RunStatus): Tone {
  return TONES[status];
}

export function Badge({ tone, text }: { readonly tone: Tone; readonly text: string }) {
  return (
    <span class={`badge badge-${tone}`}>
      <span class="badge-mark" aria-hidden="true">
        {MARKS[tone]}
      </span>
      {text}
    </span>
  );
}

/** The status of a backup, a run or a step. */
export function StatusBadge({ status }: { readonly status: RunStatus }) {
  return <Badge tone={toneOf(status)} text={texts().common.status[status]} />;
}
