import type { Failure, Refusal } from '../api/failure';
import { numberIn, textIn, textsIn } from '../api/narrow';
import { texts } from './texts';

/** A code of the API in words; the service's own English sentence for a code that is newer than this page. */
export function codeText(code: string, fallback: string): string {
  const codes: Readonly<Record<string, string>> = texts().errors.codes;
  return Object.hasOwn(codes, code) ? (codes[code] ?? fallback) : fallback;
}

/** What a failure is, in one sentence. */
export function failureText(failure: Failure): string {
  const { errors } = texts();
  switch (failure.kind) {
    case 'refused':
      return codeText(failure.code, failure.message);
    case 'session_over':
      return errors.sessionOver;
    case 'maintenance':
      return errors.maintenance;
    case 'unreachable':
      return errors.unreachable;
  }
}

/** What else a refusal says: the hint of the service, what is in the way, which fields are wrong. */
export function refusalFacts({ details, requestId }: Refusal): string[] {
  const { errors } = texts();
  const kinds: Readonly<Record<string, string>> = errors.kinds;
  const inTheWay = details['in_the_way'];
  const kind = textIn(inTheWay, 'kind');
  const fields = [...textsIn(details, 'fields'), textIn(details, 'field') ?? ''].filter((field) => field !== '');
  return [
    ...(kind === undefined
      ? []
      : [errors.inTheWay(kinds[kind] ?? kind, String(numberIn(inTheWay, 'id') ?? '')).replace(' .', '.')]),
    ...(fields.length === 0 ? [] : [errors.fields(fields.join(', '))]),
    ...[textIn(details, 'hint') ?? ''].filter((hint) => hint !== ''),
    ...(requestId === '' ? [] : [errors.requestId(requestId)]),
  ];
}
