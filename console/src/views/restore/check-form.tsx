import { api, outcomeOf } from '../../api/client';
import { FailureNotice } from '../../components/failure-notice';
import { texts } from '../../texts/texts';
import { useStart } from './use-start';

interface Props {
  readonly backupId: number;
  readonly wasDone: boolean;
  readonly onStarted: () => void;
}

/** Starts the check of a backup. */
export function CheckForm({ backupId: id, wasDone, onStarted }: Props) {
  const { check } = texts().restore.path;
  const [start, ask] = useStart(
    () => outcomeOf(api.POST('/api/backups/{id}/verify', { params: { path: { id } } })),
    onStarted,
  );
  const { isBusy, failure } = start.value;
  return (
    <>
      {failure === undefined ? null : <FailureNotice failure={failure} />}
      <button type="button" class={`button${wasDone ? '' : ' button-primary'}`} disabled={isBusy} onClick={ask}>
        {wasDone ? check.again : check.start}
      </button>
    </>
  );
}
