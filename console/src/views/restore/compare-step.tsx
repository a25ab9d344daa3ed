import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, outcomeOf } from '../../api/client';
import type { components } from '../../api/schema';
import { FailureNotice } from '../../components/failure-notice';
import { Pager } from '../../components/pager';
import { type Column, Table } from '../../components/table';
import { Time } from '../../components/time';
import { useLoaded } from '../../components/use-loaded';
import { formatNumber } from '../../formats/numbers';
import { codeText } from '../../texts/failure-text';
import { texts } from '../../texts/texts';
import { PathStep } from './path-step';

type Comparison = components['schemas']['ComparisonDto'];
type ComparedTable = components['schemas']['ComparedTableDto'];

const PAGE_SIZE = 20;
/** No stream tells of a comparison. */
const AGAIN_MS = 2_000;

/** What would change if the database of a rehearsal took the place of the live one. */
export function CompareStep({ keptRunId }: { readonly keptRunId: number | undefined }) {
  const { compare } = texts().restore.path;
  const isAsked = useSignal(false);
  return (
    <PathStep title={compare.title} isNext={false}>
      <p>{compare.explain}</p>
      {keptRunId === undefined ? <p class="quiet">{compare.needsKept}</p> : null}
      {keptRunId === undefined || isAsked.value ? null : (
        <button type="button" class="button" onClick={() => (isAsked.value = true)}>
          {compare.open}
        </button>
      )}
      {keptRunId !== undefined && isAsked.value ? <Compared key={keptRunId} runId={keptRunId} /> : null}
    </PathStep>
  );
}

function Compared({ runId: id }: { readonly runId: number }) {
  const { compare } = texts().restore.path;
  const offset = useSignal(0);
  // Asking anew begins another comparison once, not with each look at it.
  const isAnew = useSignal(false);
  const [loaded, reload] = useLoaded(() => {
    const refresh = isAnew.value ? ({ refresh: 'true' } as const) : {};
    isAnew.value = false;
    return outcomeOf(
      api.GET('/api/backups/restores/{id}/comparison', {
        params: { path: { id }, query: { limit: PAGE_SIZE, offset: offset.value, ...refresh } },
      }),
    );
  }, [id, offset.value]);
  const { value, failure, isLoading } = loaded.value;
  const item = value?.item;
  const isRunning = item?.status === 'running';
  useEffect(() => {
    if (!isRunning || isLoading) return undefined;
    const timer = setTimeout(reload, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [isRunning, isLoading]);
  if (item === undefined)
    return failure === undefined ? (
      <p class="quiet">{texts().common.loading}</p>
    ) : (
      <FailureNotice failure={failure} onRetry={reload} />
    );
  return (
    <div class="compared">
      {failure === undefined ? null : <FailureNotice failure={failure} onRetry={reload} />}
      <Verdict item={item} />
      <Table
        caption={compare.title}
        columns={columns()}
        rows={item.tables.filter(({ is_different: isDifferent }) => isDifferent)}
        keyOf={({ table }) => table}
        empty={item.tables_compared === 0 ? compare.nothingYet : compare.noneDiffers}
      />
      <Equal item={item} />
      <Pager
        offset={offset.value}
        limit={PAGE_SIZE}
        total={item.tables_different}
        onOffset={(next) => (offset.value = next)}
      />
      <Definitions item={item} />
      {isRunning ? null : (
        <button
          type="button"
          class="button"
          onClick={() => {
            isAnew.value = true;
            reload();
          }}
        >
          {compare.again}
        </button>
      )}
    </div>
  );
}

function Verdict({ item }: { readonly item: Comparison }) {
  const { compare } = texts().restore.path;
  const { status, tables_compared: done, tables_total: total, tables_different: different } = item;
  if (status === 'running')
    return (
      <div class="progress">
        <span class="progress-facts" role="status">
          {compare.running(formatNumber(done), formatNumber(total))}
        </span>
        <progress max={total} value={done} aria-label={compare.title} />
      </div>
    );
  if (status === 'failed') return <p role="status">{codeText(item.error_code ?? '', item.error_message ?? '')}</p>;
  return (
    <p role="status">
      <strong>{different === 0 && item.definitions.length === 0 ? compare.same : compare.different(different)}</strong>{' '}
      {item.finished_at === undefined ? null : <Time at={item.finished_at} />}
    </p>
  );
}

/** Tables without a difference are a number: a row of zeros for each would hide the others. */
function Equal({ item: { tables_compared: compared, tables_different: different } }: { readonly item: Comparison }) {
  const equal = compared - different;
  return equal === 0 ? null : <p class="quiet">{texts().restore.path.compare.equal(equal)}</p>;
}

function columns(): readonly Column<ComparedTable>[] {
  const { compare } = texts().restore.path;
  const number = (value: number | undefined): string => (value === undefined ? '–' : formatNumber(value));
  const { columns: names } = compare;
  return [
    { key: 'table', title: names.table, cell: (row) => <NameCell row={row} /> },
    { key: 'backup', title: names.backup, align: 'end', cell: ({ rows_in_backup: rows }) => number(rows) },
    { key: 'live', title: names.live, align: 'end', cell: ({ rows_in_target: rows }) => number(rows) },
    { key: 'come', title: names.come, align: 'end', cell: ({ only_in_backup: rows }) => number(rows) },
    { key: 'go', title: names.go, align: 'end', cell: ({ only_in_target: rows }) => number(rows) },
    { key: 'change', title: names.change, align: 'end', cell: ({ different: rows }) => number(rows) },
  ];
}

function NameCell({ row: { table, is_in: place, problem } }: { readonly row: ComparedTable }) {
  const { compare } = texts().restore.path;
  return (
    <span class="stacked">
      <span class="name">{table}</span>
      {place === 'both' ? null : <span class="quiet">{compare.onlyIn[place]}</span>}
      {problem === undefined ? null : <span class="quiet">{compare.problems[problem.reason]}</span>}
    </span>
  );
}

function Definitions({ item: { definitions } }: { readonly item: Comparison }) {
  const { compare } = texts().restore.path;
  if (definitions.length === 0) return null;
  return (
    <details>
      <summary>{compare.definitions(definitions.length)}</summary>
      <ul>
        {definitions.map(({ kind, table, name, state }) => (
          <li key={`${kind} ${table ?? ''} ${name}`}>
            {compare.kinds[kind]} {table === undefined ? name : `${table}: ${name}`} ({compare.states[state]})
          </li>
        ))}
      </ul>
    </details>
  );
}
