import { useSignal } from '@preact/signals';
import { api, outcomeOf } from '../../api/client';
import type { Failure } from '../../api/failure';
import { FailureNotice } from '../../components/failure-notice';
import { Field } from '../../components/field';
import { Panel } from '../../components/panel';
import { hrefOf } from '../../routing/route';
import { goTo } from '../../routing/router';
import { texts } from '../../texts/texts';
import { AllScopeBoxes } from './all-scope-boxes';
import { FilesBox } from './files-box';
import { newRequestKey } from './request-key';

/** Asks what to back up, starts it, and goes where it can be watched. */
export function MakeBackup({ onClose }: { readonly onClose: () => void }) {
  const { backups, common } = texts();
  const { make } = backups;
  const label = useSignal('');
  const isWhole = useSignal(true);
  const scopes = useSignal<readonly string[]>([]);
  const withFiles = useSignal(false);
  const isBusy = useSignal(false);
  const failure = useSignal<Failure | undefined>(undefined);
  // Pressing twice, or again after a lost answer, makes one backup.
  const key = useSignal(newRequestKey());
  const isReady = isWhole.value || scopes.value.length > 0;
  const start = async (): Promise<void> => {
    if (!isReady || isBusy.value) return;
    isBusy.value = true;
    const text = label.value.trim();
    const outcome = await outcomeOf(
      api.POST('/api/backups', {
        params: { header: { 'Idempotency-Key': key.value } },
        body: {
          ...(text === '' ? {} : { label: text }),
          scope: isWhole.value ? ['ALL'] : [...scopes.value],
          include_files: withFiles.value,
        },
      }),
    );
    isBusy.value = false;
    if (outcome.ok) goTo(hrefOf(`/backups/${outcome.value.artifact.id}`));
    else {
      failure.value = outcome.failure;
      if (outcome.failure.kind === 'refused') key.value = newRequestKey();
    }
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    void start();
  };
  return (
    <Panel title={make.title} wide>
      <form class="form" onSubmit={onSubmit}>
        <Field label={make.label} hint={make.labelHint}>
          {(control) => (
            <input
              {...control}
              type="text"
              maxLength={64}
              value={label.value}
              onInput={({ currentTarget }) => (label.value = currentTarget.value)}
            />
          )}
        </Field>
        <fieldset>
          <legend>{make.what}</legend>
          <label class="check">
            <input type="radio" name="what" checked={isWhole.value} onChange={() => (isWhole.value = true)} />
            {make.whole}
          </label>
          <label class="check">
            <input type="radio" name="what" checked={!isWhole.value} onChange={() => (isWhole.value = false)} />
            {make.some}
          </label>
          {isWhole.value ? null : (
            <>
              <p class="quiet">{make.someHint}</p>
              <AllScopeBoxes chosen={scopes.value} onChoose={(chosen) => (scopes.value = chosen)} />
              {isReady ? null : <p class="quiet">{make.noScope}</p>}
            </>
          )}
        </fieldset>
        <FilesBox
          label={make.files}
          isChecked={withFiles.value}
          onCheck={(isChecked) => (withFiles.value = isChecked)}
        />
        {failure.value === undefined ? null : <FailureNotice failure={failure.value} />}
        <div class="actions">
          <button type="submit" class="button button-primary" disabled={!isReady || isBusy.value}>
            {make.start}
          </button>
          <button type="button" class="button" onClick={onClose}>
            {common.cancel}
          </button>
        </div>
      </form>
    </Panel>
  );
}
