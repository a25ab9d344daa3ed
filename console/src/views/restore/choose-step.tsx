import type { Backup } from '../../api/types';
import { formatDuration } from '../../formats/duration';
import { texts } from '../../texts/texts';
import { scopesOf } from '../backups/backup';
import { ChoiceForm } from './choice-form';
import type { Known } from './choice';
import { PathStep } from './path-step';
import type { Preparation } from './preparation';
import { RunButtons } from './run-buttons';

interface Props {
  readonly backup: Backup;
  readonly preparation: Preparation;
  readonly measuredSeconds: number | undefined;
  readonly isNext: boolean;
  readonly onChange: () => void;
}

/** The last step: what is restored, and how. The database of a rehearsal that is kept is the quickest way. */
export function ChooseStep({ backup, preparation, measuredSeconds, isNext, onChange }: Props) {
  const { path, choice } = texts().restore;
  const { keptRun, checkRun } = preparation;
  const strategy = checkRun?.meta_json.compatibility?.strategy;
  const known: Known = { backupScopes: scopesOf(backup), ...(strategy === undefined ? {} : { strategy }) };
  return (
    <PathStep title={path.choose.title} isNext={isNext}>
      {measuredSeconds === undefined || preparation.rehearsal === 'done' ? null : (
        <p class="quiet">{choice.expects(formatDuration(measuredSeconds))}</p>
      )}
      {keptRun === undefined ? null : <RunButtons run={keptRun} onChange={onChange} />}
      <ChoiceForm backupId={backup.id} known={known} />
    </PathStep>
  );
}
