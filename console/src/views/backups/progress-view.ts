import type { Progress } from '../../api/types';

/** How far a table is whose rows are copied now. */
interface TableView {
  readonly table: string;
  readonly percent: number;
}

/** Progress as it is shown. */
export interface ProgressView {
  readonly phase: string;
  /** Absent where how much is left cannot be known. */
  readonly percent?: number;
  readonly secondsLeft?: number;
  readonly tables?: { readonly done: number; readonly total: number; readonly current: readonly TableView[] };
}

export function progressView({
  phase,
  percent,
  eta_seconds: left,
  bytes_total: total,
  tables,
}: Progress): ProgressView {
  return {
    phase,
    // Without a total the percent is always 0.
    ...(total === undefined ? {} : { percent }),
    ...(left === undefined ? {} : { secondsLeft: left }),
    ...(tables === undefined
      ? {}
      : {
          tables: {
            done: tables.done,
            total: tables.total,
            current: tables.current.map(({ table, bytes_done: done, bytes_total: all }) => ({
              table,
              // A total is an estimate while a backup is made: more may come than was expected.
              percent: all === 0 ? 100 : Math.min(100, Math.floor((done / all) * 100)),
            })),
          },
        }),
  };
}
