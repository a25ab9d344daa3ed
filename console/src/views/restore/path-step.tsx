import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Badge, type Tone } from '../../components/status-badge';
import { texts } from '../../texts/texts';
import type { Prepared } from './preparation';

const TONES: Readonly<Record<Prepared, Tone>> = { open: 'neutral', running: 'active', done: 'good', failed: 'bad' };

interface Props {
  readonly title: string;
  readonly state?: Prepared;
  readonly isNext: boolean;
  readonly children: ComponentChildren;
}

/** One step on the way to a restore, how far it is, and whether it should come next. */
export function PathStep({ title, state, isNext, children }: Props) {
  const { path } = texts().restore;
  const id = useId();
  return (
    <li class={`path-step${isNext ? ' path-next' : ''}`} aria-current={isNext ? 'step' : undefined}>
      <section aria-labelledby={id}>
        <div class="panel-head">
          <h2 id={id}>{title}</h2>
          {state === undefined ? null : <Badge tone={TONES[state]} text={path.state[state]} />}
        </div>
        {children}
      </section>
    </li>
  );
}
