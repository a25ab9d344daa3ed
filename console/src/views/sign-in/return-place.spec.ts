import { returnPlaceOf } from './return-place';

describe('the place to which a sign-in returns', () => {
  it.each([
    ['', '#/'],
    ['#', '#/'],
    ['#/', '#/'],
    ['#/plan', '#/plan'],
    ['#/backups?q=doc_*&status=failed', '#/backups?q=doc_*&status=failed'],
    ['#/sign-in', '#/'],
    ['#/sign-in?return_to=%23%2Faudit', '#/audit'],
    ['#/sign-in?return_to=%23%2Fsign-in', '#/'],
    ['#/sign-in?return_to=https%3A%2F%2Fevil.example', '#/'],
    ['#top', '#/'],
    [`#/backups?q=${'x'.repeat(600)}`, '#/'],
    ['#/<b>', '#/'],
  ])('is, for %j, %j', (hash, place) => expect(returnPlaceOf(hash)).toBe(place));
});
