/** The views and what each is about. */
export type Route =
  | { readonly view: 'overview' }
  | { readonly view: 'sign-in' }
  | { readonly view: 'backups' }
  | { readonly view: 'backup'; readonly id: number }
  | { readonly view: 'restore' }
  | { readonly view: 'restore-backup'; readonly id: number }
  | { readonly view: 'restores' }
  | { readonly view: 'restore-run'; readonly id: number }
  | { readonly view: 'plan' }
  | { readonly view: 'audit' }
  | { readonly view: 'not-found' };

/** Where the page is: the view, and what stands behind the question mark. */
export interface Location {
  readonly route: Route;
  readonly query: URLSearchParams;
}

const PLAIN = new Map<string, Route>([
  ['/', { view: 'overview' }],
  ['/sign-in', { view: 'sign-in' }],
  ['/backups', { view: 'backups' }],
  ['/restore', { view: 'restore' }],
  ['/restores', { view: 'restores' }],
  ['/plan', { view: 'plan' }],
  ['/audit', { view: 'audit' }],
]);

const WITH_ID = new Map<string, (id: number) => Route>([
  ['backups', (id) => ({ view: 'backup', id })],
  ['restore', (id) => ({ view: 'restore-backup', id })],
  ['restores', (id) => ({ view: 'restore-run', id })],
]);

/** Reads what stands behind the `#` of the address. */
export function readHash(hash: string): Location {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const query = new URLSearchParams(search);
  const plain = PLAIN.get(path === '' ? '/' : path);
  if (plain !== undefined) return { route: plain, query };
  const [, name = '', id = ''] = /^\/([a-z]+)\/([1-9]\d{0,15})$/.exec(path) ?? [];
  return { route: WITH_ID.get(name)?.(Number(id)) ?? { view: 'not-found' }, query };
}

/** The address of a view, for `href`. */
export function hrefOf(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  const search = new URLSearchParams(given).toString();
  return `#${path}${search === '' ? '' : `?${search}`}`;
}
