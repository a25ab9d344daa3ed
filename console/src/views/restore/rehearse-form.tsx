import { useSignal } from '@preact/signals';
import { api, outcomeOf } from '../../api/client';
import type { Backup } from '../../api/types';
import { FailureNotice } from '../../components/failure-notice';
import { Field } from '../../components/field';
import { texts } from '../../texts/texts';
import { scopesOf } from '../backups/backup';
import type { Preparation } from './preparation';
import { useStart } from './use-start';

const [LEAST_HOURS, USUAL_HOURS, MOST_HOURS] = [1, 24, 168];

interface Props {
  readonly backup: Backup;
  readonly preparation: Preparation;
  readonly onStarted: () => void;
}

/** Starts a rehearsal. Its database is kept only where it may be put in place later. */
export function RehearseForm({ backup, preparation, onStarted }: Props) {
  const { rehearse } = texts().restore.path;
  const isKept = useSignal(false);
  const hours = useSignal(USUAL_HOURS);
  const areHoursRight = Number.isInteger(hours.value) && hours.value >= LEAST_HOURS && hours.value <= MOST_HOURS;
  const [start, ask] = useStart(
    () =>
      outcomeOf(
        api.POST('/api/backups/{id}/restore/dry-run', {
          params: { path: { id: backup.id } },
          body: { mode: 'rehearse', allow_incomplete: false, ...(isKept.value ? { keep_hours: hours.value } : {}) },
        }),
      ),
    onStarted,
  );
  const { isBusy, failure } = start.value;
  const canKeep =
    scopesOf(backup).length === 0 &&
    preparation.keptRun === undefined &&
    preparation.checkRun?.meta_json.compatibility?.strategy !== 'in_place';
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    if (!isKept.value || areHoursRight) ask();
  };
  return (
    <form class="form" onSubmit={onSubmit}>
      {canKeep ? (
        <label class="check">
          <input
            type="checkbox"
            checked={isKept.value}
            onChange={({ currentTarget }) => (isKept.value = currentTarget.checked)}
          />
          <span>
            {rehearse.keep}
            <span class="quiet"> {rehearse.keepHint}</span>
          </span>
        </label>
      ) : null}
      {canKeep && isKept.value ? (
        <Field label={rehearse.hours} {...(areHoursRight ? {} : { error: rehearse.hoursWrong })}>
          {(control) => (
            <input
              {...control}
              type="number"
              min={LEAST_HOURS}
              max={MOST_HOURS}
              value={hours.value}
              onInput={({ currentTarget }) => (hours.value = currentTarget.valueAsNumber)}
            />
          )}
        </Field>
      ) : null}
      {failure === undefined ? null : <FailureNotice failure={failure} />}
      <button
        type="submit"
        class={`button${preparation.rehearsal === 'open' ? ' button-primary' : ''}`}
        disabled={isBusy}
      >
        {preparation.rehearsal === 'open' ? rehearse.start : rehearse.again}
      </button>
    </form>
  );
}
