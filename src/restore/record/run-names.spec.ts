import { databaseName } from './run-names';

describe('the name of a database of a run', () => {
  it.each([
    ['scc', '_restore_7', 'scc_restore_7'],
    ['a'.repeat(63), '_before_12', `${'a'.repeat(53)}_before_12`],
    ['ї'.repeat(31), '_restore_7', `${'ї'.repeat(26)}_restore_7`],
    ['a'.repeat(53), '_restore_7', `${'a'.repeat(53)}_restore_7`],
    // Two code units and four bytes each: what is left over is not half a character.
    ['🦅'.repeat(15), '_rehearsal_1234', `${'🦅'.repeat(12)}_rehearsal_1234`],
    [`x${'🦅'.repeat(15)}`, '_restore_7', `x${'🦅'.repeat(13)}_restore_7`],
  ])('of %s with %s is %s', (target, suffix, name) => {
    expect(databaseName(target, suffix)).toBe(name);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    expect(name.isWellFormed()).toBe(true);
  });
});
