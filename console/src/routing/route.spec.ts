import { hrefOf, readHash } from './route';

describe('the address of a view', () => {
  it.each([
    ['', { view: 'overview' }],
    ['#/', { view: 'overview' }],
    ['#/backups?q=a%20b&status=failed', { view: 'backups' }],
    ['#/backups/12', { view: 'backup', id: 12 }],
    ['#/restore/12', { view: 'restore-backup', id: 12 }],
    ['#/restores/7', { view: 'restore-run', id: 7 }],
    ['#/sign-in?code=abc', { view: 'sign-in' }],
    ['#/backups/0', { view: 'not-found' }],
    ['#/backups/12/more', { view: 'not-found' }],
    ['#/constructor/1', { view: 'not-found' }],
  ])('%s is read as a view', (hash, route) => {
    expect(readHash(hash).route).toEqual(route);
  });

  it('carries a query there and back, without what is empty', () => {
    const href = hrefOf('/backups', { q: 'a&b=c?', status: '', source: undefined });
    expect(href).toBe('#/backups?q=a%26b%3Dc%3F');
    expect([...readHash(href).query]).toEqual([['q', 'a&b=c?']]);
  });
});
