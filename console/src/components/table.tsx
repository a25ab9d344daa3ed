import type { ComponentChildren } from 'preact';
import { texts } from '../texts/texts';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand to the right, so that they can be compared. */
  readonly align?: 'end';
}

interface Props<Row> {
  /** What the table lists; read out before it, and shown only where `showCaption` says so. */
  readonly caption: string;
  readonly showCaption?: boolean;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  readonly empty?: string;
}

/**
 * A list of things with their facts. On narrow pages each row becomes a card whose facts have their names; the roles are
 * written out because such a layout takes a table's own away from screen readers.
 */
export function Table<Row>({ caption, showCaption = false, columns, rows, keyOf, empty }: Props<Row>) {
  if (rows.length === 0) return <p class="quiet">{empty ?? texts().common.table.empty}</p>;
  return (
    <table class="table" role="table">
      <caption class={showCaption ? '' : 'hidden'}>{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ key, title, align }) => (
            <th key={key} scope="col" role="columnheader" class={align ?? ''}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            {columns.map(({ key, title, cell, align }) => (
              <td key={key} role="cell" class={align ?? ''} data-title={title}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
