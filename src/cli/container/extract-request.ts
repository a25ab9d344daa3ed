import type { TableFormat } from '../../engine/postgres/extract/table-text';
import { UsageError } from '../terminal/exit-code';

/** Options of `extract`. */
export interface ExtractOptions {
  readonly to?: string;
  readonly table?: string;
  readonly format?: TableFormat;
  readonly output?: string;
}

/** What is extracted: a stream or the statements, or the rows of a table. */
type ExtractRequest =
  | { readonly kind: 'stream'; readonly what: string; readonly directory: string | undefined }
  | {
      readonly kind: 'table';
      readonly table: string;
      readonly format: TableFormat;
      readonly file: string | undefined;
    };

/** @throws UsageError for options that do not go together */
export function extractRequest(
  what: string | undefined,
  { to, table, format, output }: ExtractOptions,
): ExtractRequest {
  if (table === undefined) {
    if (what === undefined) throw new UsageError('nothing to extract: name a stream, or sql, or give --table');
    if (format !== undefined || output !== undefined) throw new UsageError('--format and --output need --table');
    return { kind: 'stream', what, directory: to };
  }
  if (what !== undefined) throw new UsageError(`either ${what} or --table: one thing is extracted at a time`);
  if (to !== undefined) throw new UsageError('--to is for streams: give --output FILE for the rows of a table');
  return { kind: 'table', table, format: format ?? 'copy', file: output };
}
