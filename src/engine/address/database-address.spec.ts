import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseUrlError } from './database-address';
import { parseDatabaseUrl } from './parse-database-url';
import { databaseUrl, toolEnvironment } from './write-address';

describe('a database URL', () => {
  it('is read with its encoded parts', () => {
    expect(
      parseDatabaseUrl('postgres://us%40er:p%2Fw%3Ad+@db.example:6543/my%20db?sslmode=verify-full&sslrootcert=/ca.pem'),
    ).toEqual({
      places: [{ host: 'db.example', port: 6543 }],
      user: 'us@er',
      password: 'p/w:d+',
      database: 'my db',
      sslMode: 'verify-full',
      tls: { rootCert: '/ca.pem' },
    });
  });

  it.each([
    ['a socket as a parameter', 'postgresql://scc@/scc?host=/run/postgresql', [['/run/postgresql', 5432]]],
    ['an encoded socket', 'postgresql://scc@%2Frun%2Fpg:6000/scc', [['/run/pg', 6000]]],
    ['an IPv6 address', 'postgres://scc:x@[::1]:5433/scc', [['::1', 5433]]],
    ['no host', 'postgres:///scc?user=scc', [['localhost', 5432]]],
    [
      'several hosts',
      'postgres://scc@a:1,[fe80::1]:2,c/scc',
      [
        ['a', 1],
        ['fe80::1', 2],
        ['c', 5432],
      ],
    ],
    [
      'one port for all',
      'postgres:///scc?user=scc&host=a,b&port=7000',
      [
        ['a', 7000],
        ['b', 7000],
      ],
    ],
    ['an address beside the host', 'postgres://scc@db.example/scc?hostaddr=10.0.0.1', [['db.example', 5432]]],
    ['a password with a question mark', 'postgres://scc:a?b@h/scc', [['h', 5432]]],
  ])('may have %s', (_, url, places) => {
    expect(parseDatabaseUrl(url).places.map(({ host, port }) => [host, port])).toEqual(places);
  });

  it.each([
    ['no URL', 'scc'],
    ['another scheme', 'mysql://u@h/d'],
    ['no database', 'postgres://u@h'],
    ['no user', 'postgres://h/d'],
    ['an unknown TLS mode', 'postgres://u@h/d?sslmode=maybe'],
    ['an unknown parameter', 'postgres://u@h/d?sslpasswort=x'],
    ['a passphrase', 'postgres://u@h/d?sslpassword=x'],
    ['a broken escape', 'postgres://u:%zz@h/d'],
    ['a port that is none', 'postgres://u@h:70000/d'],
    ['too few ports', 'postgres://u@a,b,c:1,2/d?port=1,2'],
    ['a weak mode for the authorities of the machine', 'postgres://u@h/d?sslrootcert=system&sslmode=require'],
    ['attributes that no server has', 'postgres://u@h/d?target_session_attrs=fast'],
    ['a service that no file has', 'postgres:///d?service=nowhere'],
    ['GSSAPI', 'postgres://u@h/d?gssencmode=require'],
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
    'postgres://scc:x@a:1,b:2/scc?target_session_attrs=primary&channel_binding=require&options=-c%20a%3Db%5C%20c',
    'postgres://scc:x@a:1,b:2/scc?hostaddr=10.0.0.7,10.0.0.8&connect_timeout=3&application_name=a%20b',
  ])('survives being read and written: %s', (url) => {
    const address = parseDatabaseUrl(url);
    expect(parseDatabaseUrl(databaseUrl(address))).toEqual(address);
  });

  it('goes to the programs by their environment', () => {
    const url =
      'postgres://u:secret@h:1,i:2/d?sslmode=require&sslcert=/c&sslkey=/k&channel_binding=require&target_session_attrs=primary&connect_timeout=3&options=-c%20a%3Db&application_name=nightly&ssl_min_protocol_version=TLSv1.3';
    expect(toolEnvironment(parseDatabaseUrl(url), { statement_timeout: '0' })).toEqual({
      PGHOST: 'h,i',
      PGPORT: '1,2',
      PGUSER: 'u',
      PGPASSWORD: 'secret',
      PGDATABASE: 'd',
      PGSSLMODE: 'require',
      PGSSLCERT: '/c',
      PGSSLKEY: '/k',
      PGSSLMINPROTOCOLVERSION: 'TLSv1.3',
      PGCHANNELBINDING: 'require',
      PGTARGETSESSIONATTRS: 'primary',
      PGCONNECT_TIMEOUT: '3',
      PGOPTIONS: '-c a=b -c statement_timeout=0',
      PGAPPNAME: 'nightly',
      PGGSSENCMODE: 'disable',
    });
  });
});

describe('what a database URL leaves out', () => {
  let home: string;
  beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'berkut-home-'))));
  afterEach(() => rmSync(home, { recursive: true }));
  const file = (name: string, content: string, mode = 0o600): string => {
    const path = join(home, name);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };

  it('is taken from variables, and the URL comes first', () => {
    const environment = {
      PGHOST: 'a',
      PGPORT: '7',
      PGUSER: 'v',
      PGDATABASE: 'w',
      PGSSLMODE: 'require',
      PGPASSWORD: '',
    };
    expect(parseDatabaseUrl('postgres://u@/d', { environment })).toMatchObject({
      places: [{ host: 'a', port: 7 }],
      user: 'u',
      database: 'd',
      sslMode: 'require',
    });
  });

  it.each([
    ['PGREQUIREAUTH', 'require_auth'],
    ['PGSSLCRLDIR', 'sslcrldir'],
    ['PGSSLNEGOTIATION', 'sslnegotiation'],
    ['PGSSLCERTMODE', 'sslcertmode'],
  ])('is refused where %s asks for what we would not do', (variable, name) => {
    const refused = `the parameter "${name}" is not supported`;
    expect(() => parseDatabaseUrl(`postgres://u@h/d?${name}=x`)).toThrow(refused);
    expect(() => parseDatabaseUrl('postgres://u@h/d', { environment: { [variable]: 'x' } })).toThrow(refused);
    expect(parseDatabaseUrl('postgres://u@h/d', { environment: { [variable]: '' } }).user).toBe('u');
  });

  it('is taken from a service, which comes before variables', () => {
    const services =
      '# ours\n[other]\nhost=x\n[scc]\nhost=db.example\nport=6000\nuser=scc\ndbname=scc\nsslmode=verify-ca\n[z]\nuser=z\n';
    file('.pg_service.conf', services);
    const environment = { PGSSLMODE: 'disable', PGHOST: 'elsewhere' };
    const wanted = { places: [{ host: 'db.example', port: 6000 }], user: 'scc', sslMode: 'verify-ca', database: 'scc' };
    expect(parseDatabaseUrl('postgres://?service=scc', { environment, home })).toMatchObject(wanted);
    const elsewhere = { ...environment, PGSERVICE: 'scc', PGSERVICEFILE: file('services', services) };
    expect(parseDatabaseUrl('postgres:///mine', { environment: elsewhere })).toMatchObject({
      ...wanted,
      database: 'mine',
    });
    file('.pg_service.conf', '[scc]\nhost=h\nwrong=1\n');
    expect(() => parseDatabaseUrl('postgres://u@/d?service=scc', { environment: {}, home })).toThrow(/"wrong"/);
  });

  it.each([
    ['the line of the host', 'db:5432:scc:u:first\n*:*:*:*:last', 'first'],
    ['a line for anything', 'other:*:*:*:no\n*:*:*:u:yes', 'yes'],
    ['colons and backslashes', String.raw`db:5432:scc:u:a\:b\\c`, String.raw`a:b\c`],
    ['comments, and lines that are none', '#db:5432:scc:u:no\nnonsense\ndb:5432:scc:u:yes\r\n', 'yes'],
    ['nothing for another port', 'db:5433:scc:u:no', undefined],
  ])('is looked up in the password file: %s', (_, content, password) => {
    const passfile = file('passwords', content);
    for (const surroundings of [{ environment: { PGPASSFILE: passfile } }, { environment: {}, home }]) {
      if ('home' in surroundings) file('.pgpass', content);
      expect(parseDatabaseUrl('postgres://u@db/scc', surroundings).password).toBe(password);
    }
    expect(parseDatabaseUrl(`postgres://u@db/scc?passfile=${passfile}`).password).toBe(password);
    expect(parseDatabaseUrl(`postgres://u:own@db/scc?passfile=${passfile}`).password).toBe('own');
  });

  it('is not taken from a password file that others may read', () => {
    const passfile = file('passwords', '*:*:*:*:open', 0o640);
    expect(parseDatabaseUrl(`postgres://u@db/scc?passfile=${passfile}`).password).toBeUndefined();
  });

  it('comes from the files of ~/.postgresql', () => {
    expect(parseDatabaseUrl('postgres://u@db/scc', { environment: {}, home }).tls).toEqual({
      rootCert: join(home, '.postgresql', 'root.crt'),
      revoked: join(home, '.postgresql', 'root.crl'),
      cert: join(home, '.postgresql', 'postgresql.crt'),
      key: join(home, '.postgresql', 'postgresql.key'),
    });
  });
});
