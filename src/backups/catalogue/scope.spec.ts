import { AppError } from '../../kernel/errors/app-error';
import { scopeOf, tablesOf } from './scope';

const SCOPES = new Map([
  ['tasks', ['tasks', 'users']],
  ['monitoring', ['metrics', 'users']],
  ['empty', []],
]);

describe('the scope of a backup or a restore', () => {
  it.each<[readonly string[] | undefined, string[], readonly string[] | undefined]>([
    [undefined, ['ALL'], undefined],
    [[], ['ALL'], undefined],
    [['ALL'], ['ALL'], undefined],
    [['ALL', 'ALL'], ['ALL'], undefined],
    [['tasks'], ['tasks'], ['tasks', 'users']],
    [
      ['tasks', 'monitoring', 'tasks'],
      ['monitoring', 'tasks'],
      ['metrics', 'users', 'tasks'],
    ],
    [['empty'], ['empty'], []],
  ])('%j is written as %j', (requested, scope, tables) => {
    const wanted = tables?.map((name) => ({ schema: 'public', name }));
    expect(scopeOf(requested, SCOPES)).toEqual({ scope, tables: wanted });
    expect(tablesOf(scope, SCOPES)).toEqual(wanted);
  });

  it.each<[string[], string[]]>([
    [['nothing'], ['nothing']],
    [['tasks', 'ALL'], ['ALL']],
    [
      ['x', 'tasks', 'y', 'x'],
      ['x', 'y'],
    ],
    [['TASKS'], ['TASKS']],
  ])('%j is refused for %j', (requested, unknown) => {
    const details = { field: 'scope', unknown };
    expect(() => scopeOf(requested, SCOPES)).toThrow(new AppError('backups.invalid_request', { details }));
    try {
      scopeOf(requested, SCOPES);
    } catch (error) {
      expect(error).toMatchObject({ code: 'backups.invalid_request', details });
    }
  });

  it('has no tables of a name that the scopes do not have any more', () => {
    expect(tablesOf(['gone', 'tasks'], SCOPES)).toEqual(['tasks', 'users'].map((name) => ({ schema: 'public', name })));
  });
});
