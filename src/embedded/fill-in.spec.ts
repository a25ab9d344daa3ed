import { fillIn } from './fill-in';

const defaults = {
  BERKUT_DB_URL: 'postgres://embedded/scc',
  BACKUP_ENCRYPTION_KEY_FILE: '.berkut/secrets/backup.key',
  BERKUT_AUTH_JWT_SECRET_FILE: '.berkut/secrets/jwt.secret',
};

describe('development values', () => {
  it('stand in for everything that is not set', () => {
    expect(fillIn({ TZ: 'UTC', BERKUT_DB_URL: '' }, defaults)).toEqual({ TZ: 'UTC', ...defaults });
  });

  it.each([
    ['the variable', 'BERKUT_DB_URL', 'BERKUT_DB_URL'],
    ['its file variant', 'BERKUT_DB_URL_FILE', 'BERKUT_DB_URL'],
    ['the variable of a file', 'BACKUP_ENCRYPTION_KEY', 'BACKUP_ENCRYPTION_KEY_FILE'],
    ['an alias', 'BERKUT_BACKUP_ENCRYPTION_KEY', 'BACKUP_ENCRYPTION_KEY_FILE'],
    ["an alias's file variant", 'BERKUT_BACKUP_ENCRYPTION_KEY_FILE', 'BACKUP_ENCRYPTION_KEY_FILE'],
    ['another way of authentication', 'BERKUT_AUTH_JWKS_URL', 'BERKUT_AUTH_JWT_SECRET_FILE'],
  ])('stay out where %s is set', (_, set, leftOut) => {
    const filled = fillIn({ [set]: 'given' }, defaults);
    expect(filled[set]).toBe('given');
    expect(Object.keys(filled).sort()).toEqual(
      [...Object.keys(defaults).filter((name) => name !== leftOut), set].sort(),
    );
  });
});
