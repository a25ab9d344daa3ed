import { useSignal } from '@preact/signals';
import { api, type Outcome, outcomeOf } from '../../api/client';
import type { ChainVerdict } from '../../api/types';
import { FailureNotice } from '../../components/failure-notice';
import { Notice } from '../../components/notice';
import { texts } from '../../texts/texts';

/** Verifies the chain of records, and says what that found. */
export function ChainCheck() {
  const { audit } = texts();
  const isBusy = useSignal(false);
  const outcome = useSignal<Outcome<ChainVerdict> | undefined>(undefined);
  const verify = async (): Promise<void> => {
    isBusy.value = true;
    outcome.value = undefined;
    outcome.value = await outcomeOf(api.GET('/api/audit/verify'));
    isBusy.value = false;
  };
  return (
    <div class="stack">
      <div>
        <button type="button" class="button" disabled={isBusy.value} onClick={() => void verify()}>
          {isBusy.value ? audit.verifying : audit.verify}
        </button>
      </div>
      {outcome.value === undefined ? null : outcome.value.ok ? (
        <Verdict verdict={outcome.value.value} />
      ) : (
        <FailureNotice failure={outcome.value.failure} />
      )}
    </div>
  );
}

function Verdict({ verdict }: { readonly verdict: ChainVerdict }) {
  const { audit } = texts();
  const { ok, count, first_broken: broken } = verdict;
  if (ok) return <Notice tone="good" title={audit.verified(count)} />;
  return (
    <Notice
      tone="bad"
      title={broken === undefined ? audit.brokenUnknown : audit.broken(broken.seq, audit.reasons[broken.reason])}
      urgent
    >
      <p>{audit.brokenAdvice}</p>
    </Notice>
  );
}
