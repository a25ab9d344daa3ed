import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, outcomeOf } from '../../api/client';
import type { components } from '../../api/schema';
import { FailureNotice } from '../../components/failure-notice';
import { Field } from '../../components/field';
import { Pager } from '../../components/pager';
import { Panel } from '../../components/panel';
import { type Column, Table } from '../../components/table';
import { useLoaded } from '../../components/use-loaded';
import { formatBytes } from '../../formats/bytes';
import { formatNumber } from '../../formats/numbers';
import { texts } from '../../texts/texts';

type TableOfBackup = components['schemas']['TableDto'];

const PAGE_SIZE = 20;
const TYPED_AFTER_MS = 250;

/** The tables of a backup with their rows and sizes, page by page. */
export function BackupTables({ backupId }: { readonly backupId: number }) {
  const { tables } = texts().backups;
  const typed = useSignal('');
  const asked = useSignal({ q: '', offset: 0 });
  const { q, offset } = asked.value;
  const [loaded, reload] = useLoaded(
    () =>
      outcomeOf(
        api.GET('/api/backups/{id}/tables', {
          params: { path: { id: backupId }, query: { limit: PAGE_SIZE, offset, ...(q === '' ? {} : { q }) } },
        }),
      ),
    [backupId, q, offset],
  );
  useEffect(() => {
    const timer = setTimeout(() => {
      if (typed.value.trim() !== asked.peek().q) asked.value = { q: typed.value.trim(), offset: 0 };
    }, TYPED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed.value]);
  const { value, failure } = loaded.value;
  return (
    <Panel title={tables.title} wide>
      <Field label={tables.search}>
        {(control) => (
          <input
            {...control}
            type="search"
            maxLength={100}
            value={typed.value}
            onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
          />
        )}
      </Field>
      {failure === undefined ? null : <FailureNotice failure={failure} onRetry={reload} />}
      {value === undefined ? null : (
        <>
          <p class="quiet" role="status">
            {tables.count(value.total)}
          </p>
          <Table
            caption={tables.title}
            columns={columns()}
            rows={value.items}
            keyOf={({ table }) => table}
            empty={q === '' ? tables.empty : tables.noMatch}
          />
          <Pager
            offset={offset}
            limit={PAGE_SIZE}
            total={value.total}
            onOffset={(next) => (asked.value = { q, offset: next })}
          />
        </>
      )}
    </Panel>
  );
}

function columns(): readonly Column<TableOfBackup>[] {
  const { tables } = texts().backups;
  const orNotSaid = (value: number | null, format: (value: number) => string): string =>
    value === null ? tables.notSaid : format(value);
  return [
    {
      key: 'table',
      title: tables.table,
      cell: ({ table, partition_of: parent }) => (
        <span class="stacked">
          <span class="name">{table}</span>
          {parent === undefined ? null : <span class="quiet">{tables.partitionOf(parent)}</span>}
        </span>
      ),
    },
    { key: 'rows', title: tables.rows, align: 'end', cell: ({ rows }) => orNotSaid(rows, formatNumber) },
    { key: 'size', title: tables.size, align: 'end', cell: ({ bytes }) => orNotSaid(bytes, formatBytes) },
    { key: 'text', title: tables.textSize, align: 'end', cell: ({ text_bytes: size }) => orNotSaid(size, formatBytes) },
  ];
}
