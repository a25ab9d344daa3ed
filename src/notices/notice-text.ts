import { visible } from '../engine/bytes/visible-text';
import type { Notice } from '../alerts/alert';

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** One line that says what has happened, and where. */
export function headlineOf({ alert, state, instance }: Notice): string {
  const what = alert.replaceAll('_', ' ');
  return visible(`${instance}: ${what}${endingOf(state)}`);
}

/** What a person should know, line by line. */
export function linesOf({ alert, state, message, cause, about, at, link }: Notice): string[] {
  const lines = [state === 'resolved' ? `This is over: ${message}` : message];
  if (cause !== undefined) lines.push(`Cause: ${cause}`);
  if (about !== undefined) {
    const { backup_id: id, label, requested_by: requestedBy, size_bytes: sizeBytes } = about;
    lines.push(`Backup: ${id}${label === undefined ? '' : ` (${label})`}`);
    if (requestedBy !== undefined) lines.push(`Requested by: ${requestedBy}`);
    if (sizeBytes !== undefined) lines.push(`Size: ${sizeInWords(sizeBytes)}`);
  }
  lines.push(`${state === 'raised' && alert !== 'test' ? 'Since' : 'At'}: ${at}`);
  if (link !== undefined) lines.push(`Look here: ${link}`);
  return lines.map(visible);
}

function endingOf(state: Notice['state']): string {
  switch (state) {
    case 'raised':
      return '';
    case 'resolved':
      return ' is over';
    case 'started':
    case 'succeeded':
    case 'failed':
      return ` ${state}`;
  }
}

function sizeInWords(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${UNITS[power] ?? ''}`;
}
