import type { RestoreRun } from '../../api/types';
import { Time } from '../../components/time';
import { formatDuration } from '../../formats/duration';
import { hrefOf } from '../../routing/route';
import { texts } from '../../texts/texts';
import { Fact } from '../backups/backup-facts';

/** Which backup, who, and when. */
export function RunFacts({ run }: { readonly run: RestoreRun }) {
  const { backups, restore } = texts();
  const { watch, list } = restore;
  const { created_at: begun, finished_at: ended, into, artifact_id: backupId } = run;
  return (
    <dl class="facts">
      {backupId === 0 ? null : (
        <Fact name={watch.backup}>
          <a href={hrefOf(`/backups/${backupId}`)}>{backups.number(backupId)}</a>
          {into === undefined ? '' : ` ${list.into(into)}`}
        </Fact>
      )}
      <Fact name={watch.by}>{run.requested_by}</Fact>
      <Fact name={watch.begun}>
        <Time at={begun} />
      </Fact>
      {ended === undefined ? null : (
        <>
          <Fact name={watch.ended}>
            <Time at={ended} />
          </Fact>
          <Fact name={watch.took}>{formatDuration((Date.parse(ended) - Date.parse(begun)) / 1000)}</Fact>
        </>
      )}
    </dl>
  );
}
