import { Field } from '../../components/field';

interface Props<T extends string> {
  readonly label: string;
  /** The choice of none of them; without it one is always chosen. */
  readonly all?: string;
  readonly names: Readonly<Record<T, string>>;
  readonly choices: readonly T[];
  readonly chosen: T | undefined;
  readonly onChoose: (chosen: T | undefined) => void;
}

/** One of a few words, from a list that opens. */
export function Choices<T extends string>({ label, all, names, choices, chosen, onChoose }: Props<T>) {
  return (
    <Field label={label}>
      {(control) => (
        <select
          {...control}
          value={chosen ?? ''}
          onChange={({ currentTarget }) => onChoose(choices.find((one) => one === currentTarget.value))}
        >
          {all === undefined ? null : <option value="">{all}</option>}
          {choices.map((one) => (
            <option key={one} value={one}>
              {names[one]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
