import { verifyRestored } from '../../engine/postgres/check/verify-restored';
import { type SchemaCheck, verifySchema } from '../../engine/postgres/check/verify-schema';
import { verifyViews } from '../../engine/postgres/check/verify-views';
import type { CountedRows } from '../../engine/postgres/rows/counted-rows';
import type { RunRecorder } from '../record/run-recorder';

/**
 * Compares a loaded database with the backup: rows, definitions, materialized views.
 *
 * @param details of the step, which say what was compared
 * @param counted of the load: what need not be counted once more
 * @throws RestoreError `integrity_violation` when something differs
 */
export async function compareLoaded(
  check: SchemaCheck,
  recorder: RunRecorder,
  details: Record<string, unknown>,
  counted?: CountedRows,
): Promise<void> {
  const { client, archive, signal } = check;
  const onProgress = recorder.report.bind(recorder);
  Object.assign(details, await verifyRestored(client, archive.reader.index, signal, { onProgress, counted }));
  Object.assign(details, await verifySchema(check));
  Object.assign(details, await verifyViews(check));
}
