import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Failure } from '../../api/failure';
import { FailureNotice } from '../../components/failure-notice';
import { Field } from '../../components/field';
import { Notice } from '../../components/notice';
import { signInWithCode } from '../../session/session';
import { texts } from '../../texts/texts';

interface Props {
  /** Of the address; it is used at once. */
  readonly code: string | undefined;
  readonly onDone: () => void;
}

/** Signs in with the code of the address that the service printed. */
export function CodeForm({ code, onDone }: Props) {
  const { signIn } = texts();
  const typed = useSignal('');
  const isBusy = useSignal(false);
  const failure = useSignal<Failure | undefined>(undefined);
  const send = async (sent: string): Promise<void> => {
    if (isBusy.peek() || sent === '') return;
    isBusy.value = true;
    failure.value = undefined;
    const outcome = await signInWithCode(sent);
    isBusy.value = false;
    if (outcome.ok) onDone();
    else failure.value = outcome.failure;
  };
  useEffect(() => {
    if (code !== undefined) void send(code);
  }, []);
  const submit = (event: Event): void => {
    event.preventDefault();
    void send(typed.value.trim());
  };
  if (isBusy.value) return <p role="status">{signIn.signingIn}</p>;
  return (
    <form class="stack" onSubmit={submit}>
      {failure.value === undefined ? null : failure.value.kind === 'unreachable' ? (
        <FailureNotice failure={failure.value} onRetry={code === undefined ? undefined : () => void send(code)} />
      ) : (
        <Notice tone="bad" title={signIn.codeFailed} urgent />
      )}
      <Field label={signIn.code} hint={signIn.codeHint}>
        {(control) => (
          <input
            {...control}
            type="text"
            autocomplete="one-time-code"
            spellcheck={false}
            value={typed.value}
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
        )}
      </Field>
      <button type="submit" class="button" disabled={typed.value.trim() === ''}>
        {signIn.withCode}
      </button>
    </form>
  );
}
