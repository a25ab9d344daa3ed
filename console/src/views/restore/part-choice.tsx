import { texts } from '../../texts/texts';
import { AllScopeBoxes } from '../backups/all-scope-boxes';
import { scopeName } from '../backups/backup-name';
import { ScopeBoxes } from '../backups/scope-boxes';
import { type Choice, type Known, type Part, partsOf } from './choice';
import { RadioLine } from './choice-lines';
import { TablePicker } from './table-picker';

interface Props {
  readonly backupId: number;
  readonly choice: Choice;
  readonly known: Known;
  readonly error: string | undefined;
  readonly onChange: (part: Partial<Choice>) => void;
}

/** Everything that is in the backup, some of its scopes, or single tables. */
export function PartChoice({ backupId, choice, known, error, onChange }: Props) {
  const { choice: text } = texts().restore;
  const { backupScopes } = known;
  const isOfScopes = backupScopes.length > 0;
  return (
    <fieldset>
      <legend>{text.part}</legend>
      {isOfScopes ? <p>{text.backupOfScopes(backupScopes.map(scopeName).join(', '))}</p> : null}
      {partsOf(known).map((part) => (
        <RadioLine
          key={part}
          name="part"
          label={text.parts[part]}
          {...hintOf(part, isOfScopes)}
          isChosen={choice.part === part}
          onChoose={() => onChange({ part })}
        />
      ))}
      {choice.part === 'scopes' ? (
        <Scopes of={backupScopes} chosen={choice.scopes} onChoose={(scopes) => onChange({ scopes })} />
      ) : null}
      {choice.part === 'tables' ? (
        <TablePicker backupId={backupId} chosen={choice.tables} onChoose={(tables) => onChange({ tables })} />
      ) : null}
      {error === undefined ? null : (
        <span class="field-error" role="alert">
          {error}
        </span>
      )}
    </fieldset>
  );
}

interface ScopesProps {
  /** Scopes of the backup; none for the whole database. */
  readonly of: readonly string[];
  readonly chosen: readonly string[];
  readonly onChoose: (scopes: readonly string[]) => void;
}

function Scopes({ of, chosen, onChoose }: ScopesProps) {
  return of.length > 0 ? (
    <ScopeBoxes scopes={of} chosen={chosen} onChoose={onChoose} />
  ) : (
    <AllScopeBoxes chosen={chosen} onChoose={onChoose} />
  );
}

/** A backup of scopes is whole without being the database. */
function hintOf(part: Part, isOfScopes: boolean): { readonly hint?: string } {
  return part === 'whole' && isOfScopes ? {} : { hint: texts().restore.choice.partHints[part] };
}
