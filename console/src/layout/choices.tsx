import { chooseLanguage, language, LANGUAGES } from '../texts/language';
import { texts } from '../texts/texts';
import { chooseTheme, theme, THEMES } from '../theme/theme';

interface Props<T extends string> {
  readonly label: string;
  readonly chosen: T;
  readonly options: readonly T[];
  readonly names: Readonly<Record<T, string>>;
  readonly onChoose: (chosen: T) => void;
}

function Choice<T extends string>({ label, chosen, options, names, onChoose }: Props<T>) {
  const choose = (value: string): void => {
    const option = options.find((each) => each === value);
    if (option !== undefined) onChoose(option);
  };
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option} value={option}>
            {names[option]}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Language and colours of the page. */
export function Choices() {
  const { common } = texts();
  return (
    <div class="choices">
      <Choice
        label={common.language}
        chosen={language.value}
        options={LANGUAGES}
        names={common.languages}
        onChoose={chooseLanguage}
      />
      <Choice label={common.theme} chosen={theme.value} options={THEMES} names={common.themes} onChoose={chooseTheme} />
    </div>
  );
}
