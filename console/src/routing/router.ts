import { signal } from '@preact/signals';
import { readHash } from './route';

/** Where the page is. */
export const location = signal(readHash(window.location.hash));

window.addEventListener('hashchange', () => {
  location.value = readHash(window.location.hash);
});

/** Goes to a view; `href` is of `hrefOf`. */
export function goTo(href: string): void {
  window.location.hash = href;
}

/** Changes the address without a step in the browser's history: what was in it is not to come back. */
export function replaceAddress(href: string): void {
  window.history.replaceState(null, '', href);
  location.value = readHash(href);
}
