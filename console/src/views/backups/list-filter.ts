import type { operations } from '../../api/schema';

type Query = NonNullable<operations['BackupsController_list']['parameters']['query']>;
type Status = NonNullable<Query['status']>;
type Source = NonNullable<Query['source']>;
type Sort = NonNullable<Query['sort']>;

const STATUSES = ['queued', 'running', 'success', 'failed', 'canceled'] as const satisfies readonly Status[];
const SOURCES = ['local', 'imported'] as const satisfies readonly Source[];
const SORTS = ['-created_at', 'created_at', '-size_bytes', 'size_bytes'] as const satisfies readonly Sort[];

/** Backups on one page of the list. */
export const PAGE_SIZE = 25;

/** Which backups the list shows. It is kept in the address, so that reloading and going back show the same. */
export interface ListFilter {
  readonly q: string;
  readonly status?: Status | undefined;
  readonly source?: Source | undefined;
  readonly sort: Sort;
  /** From 1. */
  readonly page: number;
}

export const FILTER_CHOICES = { status: STATUSES, source: SOURCES, sort: SORTS };

/** The filter that an address names. What it cannot mean is left out, because people edit addresses. */
export function filterOf(address: URLSearchParams): ListFilter {
  const page = Number(address.get('page') ?? '1');
  const status = STATUSES.find((one) => one === address.get('status'));
  const source = SOURCES.find((one) => one === address.get('source'));
  return {
    q: (address.get('q') ?? '').slice(0, 100),
    ...(status === undefined ? {} : { status }),
    ...(source === undefined ? {} : { source }),
    sort: SORTS.find((one) => one === address.get('sort')) ?? '-created_at',
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** The part of an address that names a filter; empty for the list as it is at first. */
export function addressOf({ q, status, source, sort, page }: ListFilter): string {
  const address = new URLSearchParams();
  if (q !== '') address.set('q', q);
  if (status !== undefined) address.set('status', status);
  if (source !== undefined) address.set('source', source);
  if (sort !== '-created_at') address.set('sort', sort);
  if (page > 1) address.set('page', String(page));
  return address.toString();
}

/** The filter as the API takes it. */
export function queryOf({ q, status, source, sort, page }: ListFilter): Query {
  return {
    limit: PAGE_SIZE,
    offset: (page - 1) * PAGE_SIZE,
    sort,
    ...(q.trim() === '' ? {} : { q: q.trim() }),
    ...(status === undefined ? {} : { status }),
    ...(source === undefined ? {} : { source }),
  };
}

/** Which part of a list is on a page. */
export interface PageRange {
  /** Number of the first item, from 1; 0 when there is none. */
  readonly first: number;
  readonly last: number;
  readonly pages: number;
}

export function rangeOf(page: number, total: number, size: number = PAGE_SIZE): PageRange {
  const pages = Math.max(1, Math.ceil(total / size));
  return { first: total === 0 ? 0 : (page - 1) * size + 1, last: Math.min(page * size, total), pages };
}
