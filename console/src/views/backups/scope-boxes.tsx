import { texts } from '../../texts/texts';
import { scopeName } from './backup-name';

interface Props {
  readonly scopes: readonly string[];
  readonly chosen: readonly string[];
  readonly onChoose: (chosen: readonly string[]) => void;
}

/** Boxes for scopes, any number of them. */
export function ScopeBoxes({ scopes, chosen, onChoose }: Props) {
  const toggle = (scope: string): readonly string[] =>
    chosen.includes(scope) ? chosen.filter((one) => one !== scope) : [...chosen, scope];
  return (
    <div class="boxes" role="group" aria-label={texts().backups.make.some}>
      {scopes.map((scope) => (
        <label key={scope} class="check">
          <input type="checkbox" checked={chosen.includes(scope)} onChange={() => onChoose(toggle(scope))} />
          {scopeName(scope)}
        </label>
      ))}
    </div>
  );
}
