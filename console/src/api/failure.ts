import { isRecord, numberIn, textIn } from './narrow';

/** An error of the API: docs/api.md has the table of codes. */
export interface Refusal {
  readonly kind: 'refused';
  readonly status: number;
  readonly code: string;
  /** English, for a code that the catalogue does not have. */
  readonly message: string;
  readonly requestId: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Why a call has no answer. */
export type Failure =
  | Refusal
  /** The caller has no session, or none that is valid any more. */
  | { readonly kind: 'session_over' }
  /** A restore has closed the service. */
  | { readonly kind: 'maintenance'; readonly restoreId: number | undefined }
  /** The network, a proxy or the service is away. */
  | { readonly kind: 'unreachable' };

/** What an answer with an error status says. Anything but the API's own envelope comes from a proxy: the service is away. */
export function failureOf(status: number, body: unknown): Failure {
  const error = isRecord(body) ? body['error'] : undefined;
  const code = textIn(error, 'code');
  if (code === undefined) return { kind: 'unreachable' };
  const details = isRecord(error) && isRecord(error['details']) ? error['details'] : {};
  if (code === 'app.maintenance_mode') return { kind: 'maintenance', restoreId: numberIn(details, 'restore_id') };
  if (status === 401) return { kind: 'session_over' };
  const message = textIn(error, 'message') ?? code;
  return { kind: 'refused', status, code, message, requestId: textIn(error, 'request_id') ?? '', details };
}
