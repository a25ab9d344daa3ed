import { useSignal } from '@preact/signals';
import { texts } from '../texts/texts';
import { type Column, Table } from './table';

interface Props<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
}

/** What a picture shows, as a table that is made when it is opened. */
export function AsTable<Row>({ caption, columns, rows, keyOf }: Props<Row>) {
  const isOpen = useSignal(false);
  return (
    <details class="as-table" onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>
        {texts().common.picture.asTable}
        <span class="hidden">: {caption}</span>
      </summary>
      {isOpen.value ? <Table caption={caption} columns={columns} rows={rows} keyOf={keyOf} /> : null}
    </details>
  );
}
