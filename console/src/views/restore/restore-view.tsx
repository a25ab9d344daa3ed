import { api, outcomeOf } from '../../api/client';
import type { Backup, Integrity, RestoreRun } from '../../api/types';
import { FailureNotice } from '../../components/failure-notice';
import { Notice } from '../../components/notice';
import { Page } from '../../components/page';
import { useLoaded } from '../../components/use-loaded';
import { formatDuration } from '../../formats/duration';
import { texts } from '../../texts/texts';
import { BackupProblem } from '../backups/backup-problem';
import { backupName } from '../backups/backup-name';
import { ChooseStep } from './choose-step';
import { CompareStep } from './compare-step';
import { DryRunStep } from './dry-run-step';
import { RehearseForm } from './rehearse-form';
import { CheckForm } from './check-form';
import { nextStep, preparationOf } from './preparation';
import { loadSecondsOf } from './run';

/** Newest runs that are looked through for checks and rehearsals of the backup. */
const RUNS = 20;

/** The steps of a restore, in the order in which one should do them. */
export function RestoreView({ id }: { readonly id: number }) {
  const { restore, backups, common } = texts();
  const [loaded, reload] = useLoaded(() => outcomeOf(api.GET('/api/backups/{id}', { params: { path: { id } } })), [id]);
  const [runs, reloadRuns] = useLoaded(
    () => outcomeOf(api.GET('/api/backups/restores', { params: { query: { limit: RUNS } } })),
    [id],
  );
  const [integrity] = useLoaded(() => outcomeOf(api.GET('/api/backups/integrity')), [id]);
  const { value, failure } = loaded.value;
  const name = value === undefined ? backups.number(id) : backupName(value.item);
  const isGone = failure?.kind === 'refused' && failure.status === 404;
  return (
    <Page title={restore.path.title(name)}>
      <p>
        <a href="#/restore">← {restore.path.back}</a>
      </p>
      {isGone ? <p>{backups.details.noSuch}</p> : null}
      {failure === undefined || isGone ? null : <FailureNotice failure={failure} onRetry={reload} />}
      {value === undefined || runs.value.value === undefined ? (
        <p class="quiet">{failure === undefined ? common.loading : ''}</p>
      ) : (
        <Path
          backup={value.item}
          runs={runs.value.value.items}
          integrity={integrity.value.value?.item}
          onChange={reloadRuns}
        />
      )}
    </Page>
  );
}

interface Props {
  readonly backup: Backup;
  readonly runs: readonly RestoreRun[];
  readonly integrity: Integrity | undefined;
  readonly onChange: () => void;
}

function Path({ backup, runs, integrity, onChange }: Props) {
  const { path } = texts().restore;
  if (backup.status !== 'success') return <Notice tone="bad" title={path.notRestorable} />;
  const preparation = preparationOf(backup.id, runs, Date.now());
  const next = nextStep(preparation);
  const { check, checkRun, rehearsal, rehearsalRun } = preparation;
  return (
    <>
      <BackupProblem backup={backup} />
      <p class="quiet">{path.hurry}</p>
      <ol class="path" aria-label={path.steps}>
        <DryRunStep
          title={path.check.title}
          explain={path.check.explain}
          state={check}
          isNext={next === 'check'}
          run={checkRun}
          good={path.check.good}
          onEnd={onChange}
        >
          {rehearsal === 'running' ? null : (
            <CheckForm backupId={backup.id} wasDone={check !== 'open'} onStarted={onChange} />
          )}
        </DryRunStep>
        <DryRunStep
          title={path.rehearse.title}
          explain={path.rehearse.explain}
          state={rehearsal}
          isNext={next === 'rehearse'}
          run={rehearsalRun}
          good={rehearsalRun === undefined ? '' : rehearsedText(rehearsalRun)}
          onEnd={onChange}
        >
          {check === 'running' ? null : <RehearseForm backup={backup} preparation={preparation} onStarted={onChange} />}
        </DryRunStep>
        <CompareStep keptRunId={preparation.keptRun?.id} />
        <ChooseStep
          backup={backup}
          preparation={preparation}
          measuredSeconds={integrity?.measured_restore_seconds}
          isNext={next === 'choose'}
          onChange={onChange}
        />
      </ol>
    </>
  );
}

function rehearsedText(run: RestoreRun): string {
  const { rehearse } = texts().restore.path;
  return `${rehearse.good} ${rehearse.took(formatDuration(loadSecondsOf(run)))}`;
}
