import { api, outcomeOf } from '../../api/client';
import { Notice } from '../../components/notice';
import { Time } from '../../components/time';
import { useLoaded } from '../../components/use-loaded';
import { hrefOf } from '../../routing/route';
import { codeText } from '../../texts/failure-text';
import { texts } from '../../texts/texts';
import { preparationOf } from '../restore/preparation';
import { runName } from '../restore/run-name';

/** Newest runs that are looked through for checks and rehearsals of the backup. */
const RUNS = 20;

/** Says that the latest check or rehearsal of a backup failed, which its state does not: it tells only what once was. */
export function FailedCheck({ backupId }: { readonly backupId: number }) {
  const [runs] = useLoaded(
    () => outcomeOf(api.GET('/api/backups/restores', { params: { query: { limit: RUNS } } })),
    [backupId],
  );
  const { check, checkRun: run } = preparationOf(backupId, runs.value.value?.items ?? [], Date.now());
  if (check !== 'failed' || run === undefined) return null;
  const { details } = texts().backups;
  const code = run.error_code ?? '';
  return (
    <Notice tone="bad" title={details.checkFailed}>
      <p>{codeText(code, run.error_message ?? code)}</p>
      <p>{details.checkAdvice}</p>
      <p>
        <a href={hrefOf(`/restores/${run.id}`)}>{runName(run)}</a>, <Time at={run.updated_at} />
      </p>
    </Notice>
  );
}
