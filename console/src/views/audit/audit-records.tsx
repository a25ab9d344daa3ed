import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, outcomeOf } from '../../api/client';
import type { Failure } from '../../api/failure';
import type { AuditRecord } from '../../api/types';
import { FailureNotice } from '../../components/failure-notice';
import { Panel } from '../../components/panel';
import { Badge } from '../../components/status-badge';
import { Table } from '../../components/table';
import { Time } from '../../components/time';
import { texts } from '../../texts/texts';
import { apiQuery, type AuditQuery } from './audit-query';
import { RESULT_TONES } from './audit-results';

const PAGE = 50;

/** Records that match, page by page: older ones are added below. */
export function AuditRecords({ query }: { readonly query: AuditQuery }) {
  const { audit, common } = texts();
  const records = useSignal<readonly AuditRecord[] | undefined>(undefined);
  const cursor = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const failure = useSignal<Failure | undefined>(undefined);
  const load = async (): Promise<void> => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    failure.value = undefined;
    const from = cursor.peek();
    const outcome = await outcomeOf(
      api.GET('/api/audit', {
        params: { query: { ...apiQuery(query), limit: PAGE, ...(from === undefined ? {} : { cursor: from }) } },
      }),
    );
    isBusy.value = false;
    if (!outcome.ok) {
      failure.value = outcome.failure;
      return;
    }
    records.value = [...(records.peek() ?? []), ...outcome.value.items];
    cursor.value = outcome.value.next_cursor;
  };
  useEffect(() => void load(), []);
  return (
    <Panel title={audit.records}>
      {records.value === undefined ? null : (
        <Table
          caption={audit.records}
          rows={records.value}
          keyOf={({ seq }) => seq}
          empty={audit.empty}
          columns={[
            { key: 'time', title: audit.time, cell: ({ at }) => <Time at={at} /> },
            { key: 'actor', title: audit.actor, cell: ({ actor }) => actor },
            { key: 'action', title: audit.action, cell: ({ action }) => <span class="mono">{action}</span> },
            {
              key: 'result',
              title: audit.result,
              cell: ({ result }) => <Badge tone={RESULT_TONES[result]} text={audit.results[result]} />,
            },
            { key: 'resource', title: audit.resource, cell: ({ resource }) => resource ?? '–' },
            { key: 'details', title: audit.details, cell: (record) => <Details record={record} /> },
          ]}
        />
      )}
      {failure.value === undefined ? null : <FailureNotice failure={failure.value} onRetry={() => void load()} />}
      {isBusy.value ? <p role="status">{common.loading}</p> : null}
      {cursor.value === undefined || isBusy.value ? null : (
        <div>
          <button type="button" class="button" onClick={() => void load()}>
            {common.table.more}
          </button>
        </div>
      )}
    </Panel>
  );
}

/** All that the log knows of one record, made when it is opened. */
function Details({ record }: { readonly record: AuditRecord }) {
  const { audit } = texts();
  const isOpen = useSignal(false);
  return (
    <details onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>
        <span aria-hidden="true">№ {record.seq}</span>
        <span class="hidden">{audit.detailsOf(record.seq)}</span>
      </summary>
      {isOpen.value ? <pre class="record">{JSON.stringify(record, undefined, 2)}</pre> : null}
    </details>
  );
}
