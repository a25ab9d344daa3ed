/** What is looked for; each part may be absent. */
export interface AuditQuery {
  readonly actor?: string;
  readonly action?: string;
  readonly result?: string;
  /** As a field of date and time has them, by the clocks of the person at the page. */
  readonly from?: string;
  readonly to?: string;
}

const NAMES = ['actor', 'action', 'result', 'from', 'to'] as const;

export function readAuditQuery(query: URLSearchParams): AuditQuery {
  const given = NAMES.map((name) => [name, query.get(name) ?? ''] as const).filter(([, value]) => value !== '');
  return Object.fromEntries(given);
}

/** The same as the API takes it: times in UTC. What is no time is left out. */
export function apiQuery({ from, to, ...rest }: AuditQuery): AuditQuery {
  const inUtc = (local: string | undefined): string | undefined => {
    const at = new Date(local ?? '');
    return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
  };
  const [start, end] = [inUtc(from), inUtc(to)];
  return { ...rest, ...(start === undefined ? {} : { from: start }), ...(end === undefined ? {} : { to: end }) };
}
