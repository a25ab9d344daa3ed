import type { Failure } from '../../api/failure';
import type { PlanPreview } from '../../api/types';
import { FailureNotice } from '../../components/failure-notice';
import { Panel } from '../../components/panel';
import { Table } from '../../components/table';
import { formatNumber } from '../../formats/numbers';
import { formatExactTime, formatRelative, formatTimeIn } from '../../formats/time';
import { texts } from '../../texts/texts';

interface Props {
  /** As the form stands; undefined while it is wrong or not known yet. */
  readonly preview: PlanPreview | undefined;
  readonly isWrong: boolean;
  readonly isChanged: boolean;
  readonly failure: Failure | undefined;
  readonly zone: string;
}

type Verdict = PlanPreview['retention'][number];

const SHOWN = 20;

/** When the next backups would be made, and which would stay. */
export function PreviewPanel({ preview, isWrong, isChanged, failure, zone }: Props) {
  const { plan, common } = texts();
  const { preview: text } = plan;
  return (
    <Panel title={text.title}>
      {failure === undefined ? null : <FailureNotice failure={failure} />}
      {isWrong ? <p role="status">{text.mend}</p> : null}
      {preview === undefined && !isWrong && failure === undefined ? <p class="quiet">{common.loading}</p> : null}
      {preview === undefined ? null : (
        <>
          <p class="quiet" role="status">
            {isChanged ? text.asEdited : text.asSaved} {preview.enabled ? '' : text.asIfOn}
          </p>
          <h3>{text.nextRuns}</h3>
          <ol class="runs">
            {preview.next_runs.map(({ at }) => (
              <li key={at}>
                <time dateTime={at} title={formatExactTime(at)}>
                  {formatTimeIn(at, zone)}
                </time>{' '}
                <span class="quiet">{formatRelative(at)}</span>
              </li>
            ))}
          </ol>
          <Retention verdicts={preview.retention} />
        </>
      )}
    </Panel>
  );
}

function Retention({ verdicts }: { readonly verdicts: readonly Verdict[] }) {
  const { preview: text } = texts().plan;
  const kept = verdicts.filter(({ decision }) => decision === 'keep');
  const removed = verdicts.filter(({ decision }) => decision === 'remove');
  const reasons = [...Map.groupBy(kept, ({ reason }) => reason)].map(([reason, { length }]) => ({ reason, length }));
  return (
    <>
      <h3>{text.retention}</h3>
      <p>
        {text.keep(kept.length)} {removed.length === 0 ? null : <strong>{text.remove(removed.length)}</strong>}
      </p>
      {kept.length === 0 ? null : (
        <Table
          caption={text.retention}
          rows={reasons}
          keyOf={({ reason }) => reason}
          columns={[
            { key: 'reason', title: text.reason, cell: ({ reason }) => text.reasons[reason] },
            { key: 'count', title: text.count, align: 'end', cell: ({ length }) => formatNumber(length) },
          ]}
        />
      )}
      {removed.length === 0 ? null : (
        <p>
          {text.removed}:{' '}
          {removed.slice(0, SHOWN).map(({ backup_id: id }, index) => (
            <span key={id}>
              {index === 0 ? '' : ', '}
              <a href={`#/backups/${id}`}>{id}</a>
            </span>
          ))}{' '}
          {removed.length > SHOWN ? text.more(removed.length - SHOWN) : ''}
        </p>
      )}
    </>
  );
}
