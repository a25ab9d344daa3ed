import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, outcomeOf } from '../../api/client';
import type { Failure } from '../../api/failure';
import { textIn, textsIn } from '../../api/narrow';
import type { Plan, PlanPreview } from '../../api/types';
import { FailureNotice } from '../../components/failure-notice';
import { Notice } from '../../components/notice';
import { Panel } from '../../components/panel';
import { may } from '../../session/permissions';
import { texts } from '../../texts/texts';
import { changeOf, type Draft, draftOf } from './draft';
import { PreviewPanel } from './preview-panel';
import { RetentionFields } from './retention-fields';
import { ScheduleFields } from './schedule-fields';

interface Props {
  readonly plan: Plan;
  readonly onSaved: () => void;
}

/** A person who types is not to be asked for with every letter. */
const PREVIEW_DELAY_MS = 300;
const PREVIEW_RUNS = 5;

/** The fields that a refusal names. */
function fieldsOf(failure: Failure | undefined): readonly string[] {
  if (failure?.kind !== 'refused' || failure.code !== 'backups.plan.invalid') return [];
  const one = textIn(failure.details, 'field');
  return [...textsIn(failure.details, 'fields'), ...(one === undefined ? [] : [one])];
}

/** The form, and beside it what the plan would do as it stands there. */
export function PlanEditor({ plan, onSaved }: Props) {
  const { plan: text } = texts();
  const isEditable = may('backups.plan.update');
  const draft = useSignal<Draft>(draftOf(plan));
  const preview = useSignal<PlanPreview | undefined>(undefined);
  const previewFailure = useSignal<Failure | undefined>(undefined);
  const saving = useSignal<'no' | 'busy' | 'saved'>('no');
  const saveFailure = useSignal<Failure | undefined>(undefined);
  const isChanged = useComputed(() => JSON.stringify(draft.value) !== JSON.stringify(draftOf(plan)));
  const checked = useComputed(() => changeOf(draft.value));
  const wrong = useComputed(() => [
    ...(checked.value.ok ? [] : checked.value.wrong),
    ...fieldsOf(previewFailure.value),
    ...fieldsOf(saveFailure.value),
  ]);

  useEffect(() => {
    if (!checked.value.ok) return undefined;
    const { change } = checked.value;
    let isCurrent = true;
    const ask = async (): Promise<void> => {
      const params = { query: { runs: PREVIEW_RUNS } };
      const outcome = await outcomeOf(
        isChanged.peek()
          ? api.POST('/api/backups/plan/preview', { params, body: change })
          : api.GET('/api/backups/plan/preview', { params }),
      );
      if (!isCurrent) return;
      if (outcome.ok) preview.value = outcome.value;
      previewFailure.value = outcome.ok ? undefined : outcome.failure;
    };
    const timer = setTimeout(() => void ask(), preview.peek() === undefined ? 0 : PREVIEW_DELAY_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [checked.value]);

  const edit = (part: Partial<Draft>): void => {
    draft.value = { ...draft.peek(), ...part };
    saving.value = 'no';
    saveFailure.value = undefined;
  };
  const save = async (): Promise<void> => {
    if (!checked.value.ok || saving.value === 'busy') return;
    saving.value = 'busy';
    const outcome = await outcomeOf(api.PUT('/api/backups/plan', { body: checked.value.change }));
    saving.value = outcome.ok ? 'saved' : 'no';
    saveFailure.value = outcome.ok ? undefined : outcome.failure;
    if (outcome.ok) onSaved();
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    void save();
  };
  const otherFailure = fieldsOf(previewFailure.value).length > 0 ? undefined : previewFailure.value;
  return (
    <div class="plan">
      <form class="stack" onSubmit={onSubmit} noValidate>
        {isEditable ? null : <Notice tone="neutral">{text.readOnly}</Notice>}
        <fieldset class="plan-fields" disabled={!isEditable}>
          <legend class="hidden">{text.title}</legend>
          <Panel title={text.schedule}>
            <ScheduleFields draft={draft.value} wrong={wrong.value} onEdit={edit} />
          </Panel>
          <Panel title={text.retention}>
            <RetentionFields draft={draft.value} wrong={wrong.value} onEdit={edit} />
          </Panel>
        </fieldset>
        {saveFailure.value === undefined ? null : <FailureNotice failure={saveFailure.value} />}
        {isEditable ? (
          <div class="actions">
            <button
              type="submit"
              class="button button-primary"
              disabled={!isChanged.value || !checked.value.ok || saving.value === 'busy'}
            >
              {text.save}
            </button>
            <button type="button" class="button" disabled={!isChanged.value} onClick={() => edit(draftOf(plan))}>
              {text.reset}
            </button>
            <span role="status">{isChanged.value ? text.unsaved : ''}</span>
          </div>
        ) : null}
      </form>
      <PreviewPanel
        preview={wrong.value.length > 0 ? undefined : preview.value}
        isWrong={wrong.value.length > 0}
        isChanged={isChanged.value}
        failure={otherFailure}
        zone={draft.value.schedule_timezone}
      />
    </div>
  );
}
