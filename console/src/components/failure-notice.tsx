import type { Failure } from '../api/failure';
import { failureText, refusalFacts } from '../texts/failure-text';
import { texts } from '../texts/texts';
import { Notice } from './notice';

interface Props {
  readonly failure: Failure;
  /** What the button does that tries again; without it there is none. */
  readonly onRetry?: (() => void) | undefined;
}

/** Why something could not be done, and what helps. */
export function FailureNotice({ failure, onRetry }: Props) {
  return (
    <Notice tone="bad" title={failureText(failure)} urgent>
      {failure.kind === 'refused' ? refusalFacts(failure).map((fact) => <p key={fact}>{fact}</p>) : null}
      {onRetry === undefined ? null : (
        <button type="button" class="button" onClick={onRetry}>
          {texts().common.tryAgain}
        </button>
      )}
    </Notice>
  );
}
