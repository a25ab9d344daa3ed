import { Field } from '../../components/field';
import { locale } from '../../texts/language';
import { texts } from '../../texts/texts';
import { FilesBox } from '../backups/files-box';
import { type Draft, INTERVALS, SCHEDULES } from './draft';

export interface FieldsProps {
  readonly draft: Draft;
  /** Names of the fields that are wrong. */
  readonly wrong: readonly string[];
  readonly onEdit: (part: Partial<Draft>) => void;
}

/** Name of a day of the week, 0 is Sunday. */
function weekdayName(day: number): string {
  return new Intl.DateTimeFormat(locale(), { weekday: 'long' }).format(new Date(2024, 0, 7 + day));
}

/** When backups are made. */
export function ScheduleFields({ draft, wrong, onEdit }: FieldsProps) {
  const { plan: text } = texts();
  const { schedule_type: type } = draft;
  const isWrong = (...fields: string[]): boolean => fields.some((field) => wrong.includes(field));
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={draft.enabled}
          onChange={(event) => onEdit({ enabled: event.currentTarget.checked })}
        />
        {text.enabled}
      </label>
      <div class="field-grid">
        <Field label={text.type}>
          {(control) => (
            <select
              {...control}
              value={type}
              onChange={({ currentTarget: { value } }) => {
                const chosen = SCHEDULES.find((each) => each === value);
                if (chosen !== undefined) onEdit({ schedule_type: chosen });
              }}
            >
              {SCHEDULES.map((each) => (
                <option key={each} value={each}>
                  {text.types[each]}
                </option>
              ))}
            </select>
          )}
        </Field>
        {type === 'weekly' ? (
          <Field label={text.weekday}>
            {(control) => (
              <select
                {...control}
                value={draft.schedule_weekday}
                onChange={(event) => onEdit({ schedule_weekday: Number(event.currentTarget.value) })}
              >
                {[1, 2, 3, 4, 5, 6, 0].map((day) => (
                  <option key={day} value={day}>
                    {weekdayName(day)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        ) : null}
        {type === 'hourly' ? (
          <Field label={text.interval}>
            {(control) => (
              <select
                {...control}
                value={draft.schedule_interval_hours}
                onChange={({ currentTarget: { value } }) => {
                  const chosen = INTERVALS.find((each) => each === Number(value));
                  if (chosen !== undefined) onEdit({ schedule_interval_hours: chosen });
                }}
              >
                {INTERVALS.map((each) => (
                  <option key={each} value={each}>
                    {each}
                  </option>
                ))}
              </select>
            )}
          </Field>
        ) : null}
        {type === 'cron' ? (
          <Field
            label={text.cron}
            hint={text.cronHint}
            error={isWrong('cron_expression') ? text.wrong.cron_expression : undefined}
          >
            {(control) => (
              <input
                {...control}
                type="text"
                class="mono"
                spellcheck={false}
                value={draft.cron_expression}
                onInput={(event) => onEdit({ cron_expression: event.currentTarget.value })}
              />
            )}
          </Field>
        ) : (
          <Field
            label={type === 'hourly' ? text.hourlyTime : text.time}
            error={isWrong('schedule_hour', 'schedule_minute') ? text.wrong.schedule_hour : undefined}
          >
            {(control) => (
              <input
                {...control}
                type="time"
                value={draft.time}
                onInput={(event) => onEdit({ time: event.currentTarget.value })}
              />
            )}
          </Field>
        )}
        <Field
          label={text.zone}
          hint={text.zoneHint}
          error={isWrong('schedule_timezone') ? text.wrong.schedule_timezone : undefined}
        >
          {(control) => (
            <input
              {...control}
              type="text"
              list="zones"
              spellcheck={false}
              value={draft.schedule_timezone}
              onInput={(event) => onEdit({ schedule_timezone: event.currentTarget.value })}
            />
          )}
        </Field>
      </div>
      <datalist id="zones">
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <FilesBox
        label={text.includeFiles}
        isChecked={draft.include_files}
        onCheck={(isChecked) => onEdit({ include_files: isChecked })}
      />
      {isWrong('include_files') ? (
        <span class="field-error" role="alert">
          {text.wrong.include_files}
        </span>
      ) : null}
    </>
  );
}
