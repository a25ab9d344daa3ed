import { Field } from '../../components/field';

interface LineProps {
  readonly label: string;
  readonly hint?: string;
  readonly isChosen: boolean;
}

/** One of several choices, with what it means. */
export function RadioLine({
  name,
  label,
  hint,
  isChosen,
  onChoose,
}: LineProps & { readonly name: string; readonly onChoose: () => void }) {
  return (
    <label class="check">
      <input type="radio" name={name} checked={isChosen} onChange={onChoose} />
      <Words label={label} hint={hint} />
    </label>
  );
}

/** Something that is on or off, with what it means. */
export function CheckLine({
  label,
  hint,
  isChosen,
  onChoose,
}: LineProps & { readonly onChoose: (isChosen: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={isChosen} onChange={({ currentTarget }) => onChoose(currentTarget.checked)} />
      <Words label={label} hint={hint} />
    </label>
  );
}

function Words({ label, hint }: { readonly label: string; readonly hint: string | undefined }) {
  return (
    <span>
      {label}
      {hint === undefined ? null : <span class="check-hint">{hint}</span>}
    </span>
  );
}

interface TextProps {
  readonly label: string;
  readonly hint: string;
  readonly error: string | undefined;
  readonly maxLength: number;
  readonly value: string;
  readonly onType: (value: string) => void;
}

/** A line that is typed as it is, without the browser's help. */
export function TextLine({ label, hint, error, maxLength, value, onType }: TextProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <input
          {...control}
          type="text"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxLength={maxLength}
          value={value}
          onInput={({ currentTarget }) => onType(currentTarget.value)}
        />
      )}
    </Field>
  );
}
