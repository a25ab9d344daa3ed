import { Field } from '../../components/field';
import { texts } from '../../texts/texts';
import { NUMBER_FIELDS, NUMBERS } from './draft';
import type { FieldsProps } from './schedule-fields';

/** Which backups stay. */
export function RetentionFields({ draft, wrong, onEdit }: FieldsProps) {
  const { plan: text } = texts();
  return (
    <div class="field-grid">
      {NUMBER_FIELDS.map((field) => {
        const { min, max } = NUMBERS[field];
        return (
          <Field
            key={field}
            label={text.numbers[field]}
            error={wrong.includes(field) ? text.range(min, max) : undefined}
          >
            {(control) => (
              <input
                {...control}
                type="text"
                inputMode="numeric"
                value={draft.numbers[field]}
                onInput={(event) => onEdit({ numbers: { ...draft.numbers, [field]: event.currentTarget.value } })}
              />
            )}
          </Field>
        );
      })}
    </div>
  );
}
