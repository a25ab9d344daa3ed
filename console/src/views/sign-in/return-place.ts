import { readHash } from '../../routing/route';

/** What the service leads back to: a view of the page, in the characters that addresses of views have. */
const LEADS_BACK = /^#\/(?!sign-in)[A-Za-z0-9/._~=&?%+,:*-]{0,500}$/;

/** Where a sign-in ends: where the person was, unless that was the sign-in itself. */
export function returnPlaceOf(hash: string): string {
  const { route, query } = readHash(hash);
  const place = route.view === 'sign-in' ? (query.get('return_to') ?? '') : hash;
  return LEADS_BACK.test(place) ? place : '#/';
}
