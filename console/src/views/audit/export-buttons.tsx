import { useSignal } from '@preact/signals';
import { api, outcomeOf } from '../../api/client';
import type { Failure } from '../../api/failure';
import { FailureNotice } from '../../components/failure-notice';
import { texts } from '../../texts/texts';
import { apiQuery, type AuditQuery } from './audit-query';

const FORMATS = [
  { name: 'CSV', type: 'text/csv', extension: 'csv' },
  { name: 'NDJSON', type: 'application/x-ndjson', extension: 'ndjson' },
] as const;

type Format = (typeof FORMATS)[number];

/** Hands a file to the browser, as a download does. */
function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Everything that matches, as a file. */
export function ExportButtons({ query }: { readonly query: AuditQuery }) {
  const { audit } = texts();
  const busy = useSignal<Format | undefined>(undefined);
  const failure = useSignal<Failure | undefined>(undefined);
  const run = async (format: Format): Promise<void> => {
    busy.value = format;
    failure.value = undefined;
    const outcome = await outcomeOf(
      // The kind of answer is asked for by a header, which a link cannot send.
      api.GET('/api/audit', { params: { query: apiQuery(query) }, headers: { Accept: format.type }, parseAs: 'blob' }),
    );
    busy.value = undefined;
    if (outcome.ok) save(outcome.value, `audit-${new Date().toISOString().slice(0, 10)}.${format.extension}`);
    else failure.value = outcome.failure;
  };
  return (
    <>
      {FORMATS.map((format) => (
        <button
          key={format.name}
          type="button"
          class="button"
          disabled={busy.value !== undefined}
          onClick={() => void run(format)}
        >
          {busy.value === format ? audit.exporting : audit.exportAs(format.name)}
        </button>
      ))}
      {failure.value === undefined ? null : <FailureNotice failure={failure.value} />}
    </>
  );
}
