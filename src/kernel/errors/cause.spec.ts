import pg from 'pg';
import { FilesError } from '../../engine/files/tar/files-error';
import { MissingRightsError } from '../../engine/postgres/dump/dump-rights';
import { SharedSessionsError } from '../../engine/postgres/server/pooling';
import { LockTimeoutError } from '../../engine/postgres/dump/snapshot';
import { ToolVersionError } from '../../engine/postgres/server/tools';
import { parseDatabaseUrl } from '../../engine/address/parse-database-url';
import { ConnectionError } from '../../engine/postgres/server/connection-error';
import { sanitize } from './sanitize';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { ToolError } from '../../engine/process/tool-error';
import { StorageError } from '../../engine/storage/storage';
import { AppError } from './app-error';
import { causeInWords, causeOf, RecordedCauseError } from './cause';
import { safeText } from './safe-text';

function serverError(message: string, fields: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, 0, 'error'), fields);
}

describe('the cause of a failure', () => {
  it.each([
    ['relation "public.docs" does not exist', 'relation "public.docs" does not exist'],
    ['invalid input syntax for type integer: "4111 1111"', 'invalid input syntax for type integer: …'],
    ['value "99999999999" is out of range for type integer', 'value … is out of range for type integer'],
    [
      'duplicate key value violates unique constraint "docs_pkey"',
      'duplicate key value violates unique constraint "docs_pkey"',
    ],
    [
      'unrecognized configuration parameter "transaction_timeout"',
      'unrecognized configuration parameter "transaction_timeout"',
    ],
    ['invalid byte sequence for encoding "UTF8": 0xe4 0x20', 'invalid byte sequence for encoding "UTF8": …'],
    ['could not open file "/var/lib/postgresql/x": No such file', 'could not open file …: No such file'],
    ['could not write to /srv/berkut data/file', 'could not write to … data/file'],
    [
      'connection to server at "db.internal" (10.1.2.3), port 5432 failed',
      'connection to server at … (…), port 5432 failed',
    ],
    ['connection to fe80::1ff:fe23:4567:890a failed', 'connection to … failed'],
    ['conninfo host=a password=hunter2 dbname=b', 'conninfo host=a password=… dbname=b'],
    ['mail to someone@example.org failed', 'mail to … failed'],
    ["the card '4111' of 12345678 is bad", 'the card … of … is bad'],
    ['Key (email, id)=(a@b.example, 5) already exists.', 'Key (email, id) already exists.'],
    ['first line\nSECOND LINE', 'first line'],
    ['could not access file "$libdir/postgis-3": no', 'could not access file …: no'],
    ['function f_unaccent(text) does not exist', 'function f_unaccent(text) does not exist'],
  ])('is said without values, places and secrets: %s', (said, safe) => {
    expect(safeText(said)).toBe(safe);
  });

  it('names the object and the columns of a key, and never the row', () => {
    const error = serverError('duplicate key value violates unique constraint "docs_pkey"', {
      code: '23505',
      schema: 'public',
      table: 'docs',
      constraint: 'docs_pkey',
      detail: 'Key (tax_id, name)=(123-45, Alice) already exists.',
    });
    expect(causeOf(new RestoreError('integrity_violation', 'x', {}, { cause: error }))).toEqual({
      message: 'duplicate key value violates unique constraint "docs_pkey"',
      sqlstate: '23505',
      schema: 'public',
      table: 'docs',
      constraint: 'docs_pkey',
      key: '(tax_id, name)',
    });
  });

  it('does not repeat what a function of the database says in its own words', () => {
    const where = 'PL/pgSQL function public.check_name() line 3 at RAISE';
    expect(causeOf(serverError('bad name Alice Smith', { code: 'P0001', where }))).toEqual({
      message: 'the function public.check_name of the database raised an error',
      sqlstate: 'P0001',
    });
    const tail = `pg_restore: error: COPY failed for table "docs": ERROR:  bad name Alice Smith\nCONTEXT:  ${where}\n`;
    expect(causeOf(new ToolError('pg_restore', 1, null, tail))).toEqual({
      tool: 'pg_restore',
      message: 'the function public.check_name of the database raised an error',
    });
  });

  it('is the first error of a program, without the statement and the rows after it', () => {
    const tail = [
      'pg_restore: while PROCESSING TOC:',
      'pg_restore: error: could not execute query: ERROR:  function f_unaccent(text) does not exist',
      'Command was: CREATE INDEX secret ON people (name)',
      'DETAIL:  Key (name)=(Alice) is duplicated.',
    ].join('\n');
    const cause = causeOf(new ToolError('pg_restore', 1, null, tail)) ?? {};
    expect(cause).toEqual({
      tool: 'pg_restore',
      message: 'could not execute query: ERROR:  function f_unaccent(text) does not exist',
    });
    expect(causeInWords(cause)).not.toMatch(/Alice|secret/);
  });

  it('says which of the databases cannot be reached, never by which host', () => {
    const target = parseDatabaseUrl('postgres://scc:hunter2@db.example,[::1]:5433/scc');
    const refused = new AggregateError([
      Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED', syscall: 'connect' }),
    ]);
    const error = new ConnectionError(target, refused);
    expect(error.message).toBe(
      'the database "scc" on db.example:5432, [::1]:5433 cannot be reached: no server listens there (ECONNREFUSED)',
    );
    expect(sanitize(error).code).toBe('backups.storage_unavailable');
    expect(causeOf(sanitize(error))).toEqual({ where: 'target server', errno: 'ECONNREFUSED' });
    const control = { ...target, purpose: 'control database' } as const;
    expect(causeOf(new ConnectionError(control, refused))).toEqual({
      where: 'control database',
      errno: 'ECONNREFUSED',
    });
    expect(causeOf(new ConnectionError(control, serverError('no such database', { code: '3D000' })))).toEqual({
      where: 'control database',
      sqlstate: '3D000',
      message: 'no such database',
    });
    // Certificates, time limits, missing passwords have no code, and texts with paths.
    const withoutCode = new ConnectionError(target, new Error('/srv/root.crt cannot be read'));
    expect(sanitize(withoutCode).code).toBe('backups.storage_unavailable');
    expect(causeOf(withoutCode)).toEqual({ where: 'target server' });
  });

  it('says which directory and which errno, never the path', () => {
    const system = Object.assign(new Error(`EACCES: permission denied, open '/srv/backups/x'`), {
      code: 'EACCES',
      path: '/srv/backups/x',
      syscall: 'open',
    });
    expect(causeOf(new StorageError('unavailable', { cause: system }))).toEqual({
      where: 'storage directory',
      errno: 'EACCES',
    });
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    // Of a provider, a hook: not of a database.
    expect(causeOf(refused)).toEqual({ errno: 'ECONNREFUSED' });
    const quota = new FilesError('unavailable', 'The files cannot be unpacked.', 'a name', {
      cause: Object.assign(new Error('x'), { code: 'EDQUOT' }),
    });
    expect(causeOf(quota)).toEqual({
      where: 'application files',
      message: 'The files cannot be unpacked.',
      errno: 'EDQUOT',
    });
    expect(causeOf(new Error('ours'))).toBeUndefined();
    expect(causeOf('a string')).toBeUndefined();
  });

  it('is our own sentence where the code alone would not say which table, version or proxy', () => {
    expect(causeOf(new ToolVersionError('no pg_dump of version 17'))).toEqual({ message: 'no pg_dump of version 17' });
    expect(causeOf(new LockTimeoutError('a table stayed locked by another session'))).toHaveProperty('message');
    expect(causeOf(new SharedSessionsError())).toHaveProperty('message');
    const recorded = { message: 'of a backup before' };
    expect(causeOf(new AppError('backups.internal', { cause: new RecordedCauseError(recorded) }))).toEqual(recorded);
  });

  it('names what may not be read, as much as helps, with the statements', () => {
    const unreadable = Array.from({ length: 25 }, (_, i) => ({ object: `the table t${i}`, remedy: `GRANT ${i}` }));
    const cause = causeOf(new MissingRightsError(unreadable)) ?? {};
    expect(cause.remedies).toHaveLength(20);
    expect(causeInWords(cause)).toMatch(
      /^the role may not read the table t0, .*the table t19, 5 more, what helps: GRANT 0; .*GRANT 19$/,
    );
  });
});
