import type { ApiError } from './service-error';

/** What the service has refused, with all that its `details` say: the fields, then everything else, then its hint. */
export function refusalInWords({ message, details = {} }: ApiError): string {
  const { field, fields, hint, ...others }: Readonly<Record<string, unknown>> = { ...details };
  const named = [field, fields].filter((value) => value !== undefined).map(inWords);
  const said = [...named, ...Object.entries(others).map(([name, value]) => `${spaced(name)}: ${inWords(value)}`)];
  const all = said.length === 0 ? message : `${message} (${said.join('; ')})`;
  return typeof hint === 'string' ? `${all} ${hint}` : all;
}

function spaced(name: string): string {
  return name.replaceAll('_', ' ');
}

/** Lists with commas, and objects as `name value`: what the service sends is flat. */
function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(inWords).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${spaced(name)} ${inWords(inner)}`)
    .join(' ');
}
