import { useSignal } from '@preact/signals';
import type { Failure } from '../../api/failure';
import { FailureNotice } from '../../components/failure-notice';
import { Field } from '../../components/field';
import { signInWithToken } from '../../session/session';
import { texts } from '../../texts/texts';

/** Signs in with a token, which the page forgets at once. */
export function TokenForm({ onDone }: { readonly onDone: () => void }) {
  const { signIn } = texts();
  const token = useSignal('');
  const isBusy = useSignal(false);
  const failure = useSignal<Failure | undefined>(undefined);
  const send = async (): Promise<void> => {
    isBusy.value = true;
    failure.value = undefined;
    const outcome = await signInWithToken(token.value.trim());
    isBusy.value = false;
    token.value = '';
    if (outcome.ok) onDone();
    else failure.value = outcome.failure;
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!isBusy.value && token.value.trim() !== '') void send();
  };
  const isRefused = failure.value?.kind === 'session_over';
  return (
    <form class="stack" onSubmit={submit}>
      {failure.value === undefined || isRefused ? null : <FailureNotice failure={failure.value} />}
      <Field label={signIn.token} hint={signIn.tokenHint} error={isRefused ? signIn.refused : undefined}>
        {(control) => (
          <input
            {...control}
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={token.value}
            onInput={(event) => (token.value = event.currentTarget.value)}
          />
        )}
      </Field>
      <button type="submit" class="button button-primary" disabled={isBusy.value || token.value.trim() === ''}>
        {isBusy.value ? signIn.signingIn : signIn.submit}
      </button>
    </form>
  );
}
