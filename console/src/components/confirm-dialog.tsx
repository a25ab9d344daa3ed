import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Outcome } from '../api/client';
import type { Failure } from '../api/failure';
import { texts } from '../texts/texts';
import { FailureNotice } from './failure-notice';
import { Field } from './field';

interface Props {
  readonly title: string;
  /** What will happen, and what cannot be undone. */
  readonly children: ComponentChildren;
  /** What has to be typed before the button works; without it the button is enough. */
  readonly word?: string | undefined;
  readonly action: string;
  readonly isDangerous?: boolean;
  /** Does it; the dialog closes when it succeeds, and shows why when it fails. */
  readonly onConfirm: () => Promise<Outcome<unknown>>;
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back. Escape and the first button leave everything as it is. */
export function ConfirmDialog({ title, children, word, action, isDangerous = false, onConfirm, onClose }: Props) {
  const { common } = texts();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const typed = useSignal('');
  const isBusy = useSignal(false);
  const failure = useSignal<Failure | undefined>(undefined);
  useEffect(() => dialog.current?.showModal(), []);
  const isConfirmed = word === undefined || typed.value === word;
  const confirm = async (): Promise<void> => {
    if (!isConfirmed || isBusy.value) return;
    isBusy.value = true;
    failure.value = undefined;
    const outcome = await onConfirm();
    isBusy.value = false;
    if (outcome.ok) dialog.current?.close();
    else failure.value = outcome.failure;
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    void confirm();
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={heading} onClose={onClose}>
      <form onSubmit={onSubmit}>
        <h2 id={heading}>{title}</h2>
        {children}
        {word === undefined ? null : (
          <Field label={common.confirm.type(word)}>
            {(control) => (
              <input
                {...control}
                type="text"
                autocomplete="off"
                spellcheck={false}
                value={typed.value}
                onInput={(event) => (typed.value = event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        {failure.value === undefined ? null : <FailureNotice failure={failure.value} />}
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            {common.cancel}
          </button>
          <button
            type="submit"
            class={`button ${isDangerous ? 'button-danger' : 'button-primary'}`}
            disabled={!isConfirmed || isBusy.value}
          >
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
