import type { AuditRecordDto } from './audit.dto';

const COLUMNS = [
  'seq',
  'at',
  'actor',
  'actor_roles',
  'source_ip',
  'request_id',
  'action',
  'result',
  'resource',
  'details',
  'prev_hash',
  'hash',
  'signature',
] as const;

/** One JSON object a line. */
export async function* toNdjson(records: AsyncIterable<AuditRecordDto>): AsyncGenerator<string, void, undefined> {
  for await (const record of records) yield `${JSON.stringify(record)}\n`;
}

/** CSV (RFC 4180) with a header line. */
export async function* toCsv(records: AsyncIterable<AuditRecordDto>): AsyncGenerator<string, void, undefined> {
  yield `${COLUMNS.join(',')}\r\n`;
  for await (const record of records) yield `${COLUMNS.map((column) => field(record[column])).join(',')}\r\n`;
}

/** A spreadsheet runs what begins like a formula; an apostrophe before it makes it a text again. */
function field(value: unknown): string {
  const text = value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  const harmless = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
