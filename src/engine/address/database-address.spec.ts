import { DatabaseUrlError } from './database-address';
import { parseDatabaseUrl } from './parse-database-url';
import { databaseUrl, toolEnvironment } from './write-address';

describe('a database URL', () => {
  it('is read with its encoded parts', () => {
    expect(
      parseDatabaseUrl('postgres://us%40er:p%2Fw%3Ad@db.example:6543/my%20db?sslmode=verify-full&sslrootcert=/ca.pem'),
    ).toEqual({
      places: [{ host: 'db.example', port: 6543 }],
      user: 'us@er',
      password: 'p/w:d',
      database: 'my db',
      sslMode: 'verify-full',
      sslRootCert: '/ca.pem',
    });
  });

  it('may name a socket directory', () => {
    expect(parseDatabaseUrl('postgresql://scc@/scc?host=/run/postgresql')).toMatchObject({
      places: [{ host: '/run/postgresql', port: 5432 }],
    });
  });

  it.each([
    ['no URL', 'scc'],
    ['another scheme', 'mysql://u@h/d'],
    ['no database', 'postgres://u@h'],
    ['no user', 'postgres://h/d'],
    ['an unknown TLS mode', 'postgres://u@h/d?sslmode=maybe'],
    ['an unknown parameter', 'postgres://u@h/d?options=-c%20x'],
    ['a broken escape', 'postgres://u:%zz@h/d'],
  ])('is refused with %s, and never repeated', (_, url) => {
    expect(() => parseDatabaseUrl(url)).toThrow(DatabaseUrlError);
    try {
      parseDatabaseUrl(url);
    } catch (error) {
      expect(String(error)).not.toContain(url);
    }
  });

  it.each([
    'postgres://us%40er:p%2Fw@db.example:6543/my%20db?sslmode=require',
    'postgres://scc@localhost/scc?host=/run/postgresql',
    'postgres://scc:x@[::1]:5433/scc',
  ])('survives being read and written: %s', (url) => {
    const address = parseDatabaseUrl(url);
    expect(parseDatabaseUrl(databaseUrl(address))).toEqual(address);
  });

  it('goes to the programs by their environment', () => {
    expect(toolEnvironment(parseDatabaseUrl('postgres://u:secret@h:1/d?sslmode=require'))).toMatchObject({
      PGHOST: 'h',
      PGPORT: '1',
      PGUSER: 'u',
      PGPASSWORD: 'secret',
      PGDATABASE: 'd',
      PGSSLMODE: 'require',
    });
  });
});
