import { startFailure } from './start-failure';

const systemError = (code: string): Error =>
  Object.assign(new Error(`${code}: something, mkdir '/data/x'`), { code, path: '/data/x' });

describe('what keeps the service from starting', () => {
  it.each([
    ['EACCES', 'this user may not use /data/x'],
    ['EPERM', 'this user may not use /data/x'],
    ['EROFS', 'mounted read-only'],
    ['ENOSPC', 'no room left for /data/x'],
    ['ENOTDIR', 'part of it is a file'],
  ])('is said in a sentence for %s', (code, sentence) => {
    const said = startFailure(systemError(code));
    expect(said).toContain(sentence);
    expect(said).not.toContain(code);
  });

  it('is said as it is otherwise', () => {
    expect(startFailure(new Error('no key'))).toBe('no key');
    expect(startFailure(new Error(''))).toBe('failed');
    expect(startFailure('odd')).toBe('failed');
  });
});
