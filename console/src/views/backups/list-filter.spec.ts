import { addressOf, filterOf, queryOf, rangeOf } from './list-filter';

const read = (address: string) => filterOf(new URLSearchParams(address));

describe('the filter of the list', () => {
  it.each(['', 'q=before+the+upgrade', 'status=failed&source=imported&sort=-size_bytes&page=400'])(
    'survives a reload: "%s"',
    (address) => {
      expect(addressOf(read(address))).toBe(address);
    },
  );

  it('leaves out what the address cannot mean', () => {
    expect(read('status=odd&source=moon&sort=name&page=-1')).toEqual({ q: '', sort: '-created_at', page: 1 });
    expect(read(`q=${'x'.repeat(200)}`).q).toHaveLength(100);
  });

  it('asks for one page', () => {
    expect(queryOf(read('q=+nightly+&status=success&page=3'))).toEqual({
      limit: 25,
      offset: 50,
      sort: '-created_at',
      q: 'nightly',
      status: 'success',
    });
  });

  it('says which part of the list a page is', () => {
    expect(rangeOf(1, 0)).toEqual({ first: 0, last: 0, pages: 1 });
    expect(rangeOf(1, 10_000)).toEqual({ first: 1, last: 25, pages: 400 });
    expect(rangeOf(3, 51)).toEqual({ first: 51, last: 51, pages: 3 });
  });
});
