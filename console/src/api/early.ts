/** Answers that were asked for before now are as good as new for so long. */
const GOOD_FOR_MS = 10_000;
/** What the sentence of the overview is made of. */
const OVERVIEW = ['/api/backups/integrity', '/api/backups/plan'];

/** Where the browser keeps `no` while the person at it may not see backups. */
export const READS_KEY = 'berkut.reads';

const askedAtMs = performance.now();
const answers = new Map<string, Promise<Response>>();

/**
 * Whether the overview may be asked for, as far as that is known before the service has answered. A new person at this
 * browser is not known yet: `session.ts` writes what is.
 */
function mayRead(): boolean {
  try {
    return window.localStorage.getItem(READS_KEY) !== 'no';
  } catch {
    return true;
  }
}

/**
 * Asks before the page's own script is there: the answers come while the browser still reads that. It asks where a cookie
 * says that there is a session, for what the page is about to ask. What the caller may not have is not asked: each refusal
 * is a record of the audit log.
 */
function askEarly(): void {
  const { hash } = window.location;
  // Who was here before does not matter to a person who signs in.
  if (!document.cookie.includes('berkut_csrf=') || hash.startsWith('#/sign-in')) return;
  const isOverview = ['', '#', '#/'].includes(hash) && mayRead();
  for (const path of ['/api/auth/me', ...(isOverview ? OVERVIEW : [])]) {
    const answer = fetch(path, { headers: { Accept: 'application/json' } });
    // It is looked at when the answer is wanted.
    answer.catch(() => undefined);
    answers.set(path, answer);
  }
}

/** As `fetch`, but the first question for each early answer gets that one, if it is a good one. */
export async function fetchOrEarly(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const answer = request.method === 'GET' && search === '' ? answers.get(pathname) : undefined;
  if (answer === undefined) return fetch(request);
  answers.delete(pathname);
  const early = await answer.catch(() => undefined);
  return early?.ok === true && performance.now() - askedAtMs < GOOD_FOR_MS ? early : fetch(request);
}

askEarly();
