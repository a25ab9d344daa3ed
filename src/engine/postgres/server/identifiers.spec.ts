import { namesIn } from './identifiers';

describe('a list of roles in SQL', () => {
  it('is taken apart, quotes and all', () => {
    expect(namesIn('reader')).toEqual(['reader']);
    expect(namesIn('a, "B, c", d$1, "q""uote"')).toEqual(['a', 'B, c', 'd$1', 'q"uote']);
  });
});
