import { type UnknownVariable, unknownVariables } from './unknown-variables';

describe('variables that configure nothing', () => {
  it.each<[string, UnknownVariable[]]>([
    ['BERKUT_DB_URL', []],
    ['BERKUT_DB_URL_FILE', []],
    ['BACKUP_ENCRYPTION_KEY', []],
    ['BERKUT_TOKEN', []],
    ['PATH', []],
    ['BERKUT_DB_ULR', [{ name: 'BERKUT_DB_ULR', meant: 'BERKUT_DB_URL' }]],
    ['berkut_http_port', [{ name: 'berkut_http_port', meant: 'BERKUT_HTTP_PORT' }]],
    ['BACKUP_ENCRYPTON_KEY', [{ name: 'BACKUP_ENCRYPTON_KEY', meant: 'BACKUP_ENCRYPTION_KEY' }]],
    ['BERKUT_NONSENSE_ALL_OVER', [{ name: 'BERKUT_NONSENSE_ALL_OVER' }]],
    // Other programs have variables of backups, too.
    ['BACKUP_EXEC', []],
  ])('of %s are %j', (name, found) => {
    expect(unknownVariables({ [name]: 'x' })).toEqual(found);
  });

  it('count as not set when they are empty, and come in the order of their names', () => {
    const names = { BERKUT_ZZZZZZZZZZZZ: 'x', BERKUT_AAAAAAAAAAAA: 'x', BERKUT_MMMMMMMMMMMM: '' };
    expect(unknownVariables(names).map(({ name }) => name)).toEqual(['BERKUT_AAAAAAAAAAAA', 'BERKUT_ZZZZZZZZZZZZ']);
  });
});
