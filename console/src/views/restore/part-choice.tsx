import { texts } from '../../texts/texts';
import { scopeName } from '../backups/backup-name';
import { ScopeBoxes } from '../backups/scope-boxes';
import { SCOPES } from '../backups/scopes';
import type { Choice, Known } from './choice';
import { RadioLine } from './choice-lines';

interface Props {
  readonly choice: Choice;
  readonly known: Known;
  readonly error: string | undefined;
  readonly onChange: (part: Partial<Choice>) => void;
}

/** Everything that is in the backup, or some of its scopes. */
export function PartChoice({ choice, known: { backupScopes }, error, onChange }: Props) {
  const { choice: text } = texts().restore;
  const isOfScopes = backupScopes.length > 0;
  return (
    <fieldset>
      <legend>{text.part}</legend>
      {isOfScopes ? <p>{text.backupOfScopes(backupScopes.map(scopeName).join(', '))}</p> : null}
      <RadioLine
        name="part"
        label={text.whole}
        {...(isOfScopes ? {} : { hint: text.wholeHint })}
        isChosen={choice.part === 'whole'}
        onChoose={() => onChange({ part: 'whole' })}
      />
      <RadioLine
        name="part"
        label={text.scopes}
        hint={text.scopesHint}
        isChosen={choice.part === 'scopes'}
        onChoose={() => onChange({ part: 'scopes' })}
      />
      {choice.part === 'scopes' ? (
        <ScopeBoxes
          scopes={isOfScopes ? backupScopes : SCOPES}
          chosen={choice.scopes}
          onChoose={(scopes) => onChange({ scopes })}
        />
      ) : null}
      {error === undefined ? null : (
        <span class="field-error" role="alert">
          {error}
        </span>
      )}
    </fieldset>
  );
}
