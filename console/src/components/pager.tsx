import { texts } from '../texts/texts';

interface Props {
  readonly offset: number;
  readonly limit: number;
  readonly total: number;
  readonly onOffset: (offset: number) => void;
}

/** Goes through a list page by page. */
export function Pager({ offset, limit, total, onOffset }: Props) {
  const { table } = texts().common;
  if (total <= limit && offset === 0) return null;
  return (
    <div class="pager">
      <button
        type="button"
        class="button"
        disabled={offset === 0}
        onClick={() => onOffset(Math.max(0, offset - limit))}
      >
        {table.previous}
      </button>
      <span>{table.page(Math.min(offset + 1, total), Math.min(offset + limit, total), total)}</span>
      <button type="button" class="button" disabled={offset + limit >= total} onClick={() => onOffset(offset + limit)}>
        {table.next}
      </button>
    </div>
  );
}
