import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config-error';
import { COMPLETE, file, KEY, problemsOf } from '../../../test/support/configuration';
import { controlAddress } from './database-addresses';
import { parseDatabaseUrl } from '../../engine/address/parse-database-url';
import { parseConfig } from './parse-config';

describe('the configuration', () => {
  it('has the documented defaults', () => {
    expect(parseConfig(COMPLETE)).toMatchObject({
      storage: { kind: 'directory', path: 'data/backups' },
      maxParallelBackups: 1,
      uploadMaxBytes: 536_870_912,
      uploads: { path: 'data/backups/.uploads', maxBytes: 4 * 536_870_912, perCaller: 4, keepHours: 24 },
      compressionLevel: 1,
      restore: {
        maintenanceDatabase: 'postgres',
        strategy: 'auto',
        keepPreviousHours: 24,
        scratchReaders: [],
        confirm: false,
        testAutoEnabled: true,
        testIntervalHours: 168,
      },
      scheduler: { enabled: true, intervalSeconds: 60 },
      timezone: 'UTC',
      http: { host: '127.0.0.1', port: 8080 },
      management: { host: '127.0.0.1', port: 8081 },
      logLevel: 'info',
    });
    expect([...parseConfig(COMPLETE).scopes.keys()]).toContain('monitoring');
    expect(parseConfig(COMPLETE).auditSigningKey).toHaveLength(32);
  });

  it('keeps uploads on a disk of the machine when the backups are in a bucket', () => {
    const S3 = {
      BERKUT_BACKUP_PATH: 's3://bucket',
      BERKUT_BACKUP_S3_REGION: 'eu-1',
      BERKUT_BACKUP_UPLOAD_MAX_BYTES: '10',
    };
    expect(parseConfig({ ...COMPLETE, ...S3 }).uploads).toMatchObject({
      path: join(tmpdir(), 'berkut-uploads'),
      maxBytes: 40,
    });
    const named = { BERKUT_BACKUP_UPLOADS_PATH: '/data/uploads/', BERKUT_BACKUP_UPLOADS_MAX_BYTES: '7' };
    expect(parseConfig({ ...COMPLETE, ...named }).uploads).toMatchObject({ path: '/data/uploads', maxBytes: 7 });
  });

  it('is frozen', () => {
    const config = parseConfig(COMPLETE);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.restore)).toBe(true);
  });

  it('names everything that is missing outside of development', () => {
    expect(problemsOf({ APP_ENV: 'prod' })).toBe(
      'BERKUT_DB_URL is required; BERKUT_BACKUP_CONTROL_DB_URL is required; BACKUP_ENCRYPTION_KEY is required; ' +
        'BERKUT_AUTH_JWKS_URL or BERKUT_AUTH_JWT_SECRET is required',
    );
  });

  it('wants to know for whom a provider signs, outside of development', () => {
    const { BERKUT_AUTH_JWT_SECRET: _, ...rest } = COMPLETE;
    const provider = { ...rest, BERKUT_AUTH_JWKS_URL: 'https://id.example/jwks' };
    expect(problemsOf(provider)).toBe(
      'BERKUT_AUTH_ISSUER is required with BERKUT_AUTH_JWKS_URL; BERKUT_AUTH_AUDIENCE is required with BERKUT_AUTH_JWKS_URL',
    );
    expect(
      parseConfig({ ...provider, BERKUT_AUTH_ISSUER: 'https://id.example', BERKUT_AUTH_AUDIENCE: 'backups' }).auth,
    ).toMatchObject({ kind: 'jwks', audience: 'backups' });
    expect(parseConfig({ ...provider, APP_ENV: 'dev' }).auth.kind).toBe('jwks');
  });

  it('wants to know where people sign in, and where they come back to', () => {
    const { BERKUT_AUTH_JWT_SECRET: _, ...rest } = COMPLETE;
    const provider = {
      ...rest,
      BERKUT_AUTH_JWKS_URL: 'https://id.example/jwks',
      BERKUT_AUTH_ISSUER: 'https://id.example/realms/scc',
      BERKUT_AUTH_AUDIENCE: 'backups',
      BERKUT_PUBLIC_URL: 'https://backups.example',
    };
    expect(parseConfig(provider).signIn).toBeUndefined();
    const complete = { ...provider, BERKUT_AUTH_CLIENT_ID: 'console' };
    expect(parseConfig(complete).signIn).toEqual({
      issuer: 'https://id.example/realms/scc',
      clientId: 'console',
      clientSecret: undefined,
      scopes: 'openid',
      audience: 'backups',
      publicUrl: 'https://backups.example/',
    });
    expect(problemsOf({ ...COMPLETE, BERKUT_AUTH_CLIENT_ID: 'console' })).toBe(
      ['JWKS_URL', 'ISSUER'].map((name) => `BERKUT_AUTH_${name} is required with BERKUT_AUTH_CLIENT_ID; `).join('') +
        'BERKUT_PUBLIC_URL is required with BERKUT_AUTH_CLIENT_ID',
    );
    expect(problemsOf({ ...provider, BERKUT_AUTH_CLIENT_SECRET: 'hush' })).toBe(
      'BERKUT_AUTH_CLIENT_ID is required with BERKUT_AUTH_CLIENT_SECRET',
    );
    expect(problemsOf({ ...complete, BERKUT_AUTH_ISSUER: 'scc' })).toMatch(/^BERKUT_AUTH_ISSUER is no web address/);
    expect(problemsOf({ ...complete, BERKUT_PUBLIC_URL: 'https://scc.example/backups' })).toMatch(
      /^BERKUT_PUBLIC_URL has a path/,
    );
    expect(problemsOf({ ...complete, BERKUT_AUTH_SCOPES: 'profile' })).toMatch(/must have openid/);
  });

  it('puts the control database beside the target in development', () => {
    const { BERKUT_BACKUP_CONTROL_DB_URL: _, ...rest } = COMPLETE;
    expect(parseConfig({ ...rest, APP_ENV: 'dev' }).control).toMatchObject(
      parseDatabaseUrl('postgres://scc:pw-target@db.example:5432/scc_backups'),
    );
  });

  it.each<[string, () => Record<string, string>]>([
    ['a URL', () => ({ BERKUT_BACKUP_CONTROL_DB_URL: 'postgres://c:x@control.example/catalogue' })],
    ['a file', () => ({ BERKUT_BACKUP_CONTROL_DB_URL_FILE: file('postgres://c:x@control.example/catalogue\n') })],
    [
      'a URL with parts that libpq’s variables have',
      () => ({
        BERKUT_BACKUP_CONTROL_DB_URL: 'postgres:///catalogue',
        PGHOST: 'control.example',
        PGUSER: 'c',
        PGPASSWORD: 'x',
      }),
    ],
    ['several hosts', () => ({ BERKUT_BACKUP_CONTROL_DB_URL: 'postgres://c:x@one.example,two.example/catalogue' })],
    ['nothing, so that it stands beside the target', () => ({ APP_ENV: 'dev' })],
  ])('gives the TypeORM command line the control database of the service: by %s', (_, named) => {
    const { BERKUT_BACKUP_CONTROL_DB_URL: _control, ...rest } = COMPLETE;
    const environment = { ...rest, ...named() };
    expect(controlAddress(environment)).toEqual(parseConfig(environment).control);
  });

  it('names no control database where nothing is configured, and refuses one that cannot be read', () => {
    expect(controlAddress({})).toBeUndefined();
    expect(() => controlAddress({ BERKUT_BACKUP_CONTROL_DB_URL: 'no url' })).toThrow(ConfigError);
  });

  it.each([['postgres://scc:x@db.example/scc'], ['postgres://other:y@DB.example:5432/scc?sslmode=require']])(
    'refuses a control database that is the target: %s',
    (url) => {
      expect(problemsOf({ ...COMPLETE, BERKUT_BACKUP_CONTROL_DB_URL: url })).toMatch(
        /^BERKUT_BACKUP_CONTROL_DB_URL is the target/,
      );
    },
  );

  it('refuses a maintenance database that is the target', () => {
    expect(problemsOf({ ...COMPLETE, BERKUT_BACKUP_MAINTENANCE_DB: 'scc' })).toMatch(
      /^BERKUT_BACKUP_MAINTENANCE_DB is the target/,
    );
  });

  it.each([
    ['BERKUT_BACKUP_MAX_PARALLEL', '0', 'must be a whole number from 1 to 16'],
    ['BERKUT_BACKUP_JOBS', 'many', 'must be a whole number from 1 to 64'],
    ['BERKUT_BACKUP_COMPRESSION_LEVEL', '20', 'must be a whole number from 1 to 19'],
    ['BERKUT_HTTP_PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['BERKUT_BACKUP_KEEP_PREVIOUS_HOURS', '-1', 'must be a whole number from 0 to 8760'],
    ['BERKUT_BACKUP_UPLOAD_MAX_BYTES', '1e9', 'must be a whole number from 1 to 9007199254740991'],
    ['BERKUT_BACKUP_RESTORE_CONFIRM', 'perhaps', 'must be true or false'],
    ['BERKUT_BACKUP_RESTORE_STRATEGY', 'copy', 'must be one of auto, swap, in_place'],
    ['BERKUT_TIMEZONE', 'Mars/Olympus', 'is no time zone of the IANA database'],
    [
      'BERKUT_DB_URL',
      'mysql://root:hunter2@h/d',
      'is no database URL: it does not begin with postgres:// or postgresql://',
    ],
    ['BERKUT_AUTH_JWT_SECRET', 'hunter2', 'is shorter than 32 bytes'],
    ['BERKUT_AUDIT_SIGNING_KEY', 'hunter2', 'is shorter than 32 bytes'],
    ['BERKUT_AUDIT_SIGNING_KEY', `"${'hunter2'.repeat(5)}"`, 'is in quotes: remove them'],
    ['BERKUT_AUTH_JWT_SECRET', `'${'hunter2'.repeat(5)}'`, 'is in quotes: remove them'],
    ['BERKUT_RBAC_FILE', '/nonexistent/hunter2', 'names a file that cannot be read'],
    ['BERKUT_BACKUP_SCOPES_FILE', '/nonexistent/hunter2', 'names a file that cannot be read'],
    ['LOG_LEVEL', 'loud', 'must be one of fatal, error, warn, info, debug, trace, silent'],
  ])('refuses a bad %s and never repeats it', (variable, value, reason) => {
    const message = problemsOf({ ...COMPLETE, [variable]: value });
    expect(message).toBe(`${variable} ${reason}`);
    expect(message).not.toContain('hunter2');
  });

  it('takes aliases', () => {
    const { BACKUP_ENCRYPTION_KEY: _, ...rest } = COMPLETE;
    const config = parseConfig({
      ...rest,
      BERKUT_BACKUP_ENCRYPTION_KEY: KEY,
      BACKUP_PATH: '/srv/b/',
      BACKUP_MAX_PARALLEL: '3',
    });
    expect(config).toMatchObject({ storage: { kind: 'directory', path: '/srv/b' }, maxParallelBackups: 3 });
    expect(config.keyRing.current.id).toBe(parseConfig(COMPLETE).keyRing.current.id);
  });

  it('takes the zone of the process unless there is one for us', () => {
    expect(parseConfig({ ...COMPLETE, TZ: 'Asia/Kathmandu' }).timezone).toBe('Asia/Kathmandu');
    expect(parseConfig({ ...COMPLETE, TZ: 'Asia/Kathmandu', BERKUT_TIMEZONE: 'Europe/Kyiv' }).timezone).toBe(
      'Europe/Kyiv',
    );
  });

  it('refuses two names or sources of one value', () => {
    expect(problemsOf({ ...COMPLETE, BERKUT_BACKUP_ENCRYPTION_KEY: KEY })).toMatch(
      /^BACKUP_ENCRYPTION_KEY and BERKUT_BACKUP_ENCRYPTION_KEY are both set/,
    );
    expect(problemsOf({ ...COMPLETE, BERKUT_AUTH_JWKS_URL: 'https://id.example/jwks' })).toMatch(/are both set/);
  });

  it('takes notices whole or not at all', () => {
    const mail = { BERKUT_NOTICE_SMTP_URL: 'smtp://mail.example', BERKUT_NOTICE_MAIL_TO: 'a@b.example, c@d.example' };
    const { notices } = parseConfig({ ...COMPLETE, ...mail });
    expect(notices.webhook).toBeUndefined();
    expect(notices.mail).toEqual({
      server: 'smtp://mail.example',
      to: ['a@b.example', 'c@d.example'],
      from: 'a@b.example',
    });
    expect(
      problemsOf({
        ...COMPLETE,
        BERKUT_NOTICE_WEBHOOK_URL: 'https://user:hunter2@hook.example',
        BERKUT_NOTICE_WEBHOOK_SECRET: 'x'.repeat(32),
      }),
    ).toBe('BERKUT_NOTICE_WEBHOOK_URL has a user or a password in it, which is not supported');
    expect(problemsOf({ ...COMPLETE, BERKUT_NOTICE_WEBHOOK_URL: 'https://hook.example/hunter2' })).toBe(
      'BERKUT_NOTICE_WEBHOOK_SECRET is required with BERKUT_NOTICE_WEBHOOK_URL',
    );
    expect(problemsOf({ ...COMPLETE, BERKUT_NOTICE_MAIL_TO: 'a@b.example' })).toBe(
      'BERKUT_NOTICE_SMTP_URL is required with BERKUT_NOTICE_MAIL_TO',
    );
    expect(problemsOf({ ...COMPLETE, ...mail, BERKUT_NOTICE_MAIL_TO: 'hunter2' })).toBe(
      'BERKUT_NOTICE_MAIL_TO is no mail address',
    );
  });

  it('counts empty as not set', () => {
    expect(parseConfig({ ...COMPLETE, BERKUT_HTTP_PORT: '', BACKUP_PATH: '' })).toMatchObject({ http: { port: 8080 } });
  });

  it('adds roles or replaces the map', () => {
    const added = parseConfig({
      ...COMPLETE,
      BERKUT_RBAC_FILE: file('{"roles":{"night_shift":["backups.read"]}}'),
    }).roles;
    expect(added.get('night_shift')).toEqual(['backups.read']);
    expect(added.has('superadmin')).toBe(true);
    const replaced = parseConfig({
      ...COMPLETE,
      BERKUT_RBAC_FILE: file('{"replace":true,"roles":{"root":["audit.read"]}}'),
    }).roles;
    expect([...replaced.keys()]).toEqual(['root']);
    expect(problemsOf({ ...COMPLETE, BERKUT_RBAC_FILE: file('{"roles":{"x":["backups.everything"]}}') })).toMatch(
      /known permissions; what is wrong is at roles\.x\.0$/,
    );
    expect(problemsOf({ ...COMPLETE, BERKUT_RBAC_FILE: file('{') })).toBe(
      'BERKUT_RBAC_FILE names a file that is not JSON',
    );
  });

  it('replaces the scope map', () => {
    const { scopes } = parseConfig({ ...COMPLETE, BERKUT_BACKUP_SCOPES_FILE: file('{"all_of_it":["a","b"]}') });
    expect([...scopes]).toEqual([['all_of_it', ['a', 'b']]]);
  });
});
