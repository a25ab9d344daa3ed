import { COMPLETE, file, problemsOf } from '../../../test/support/configuration';
import { parseConfig } from './parse-config';

describe('the places of backups', () => {
  it('takes a place in S3, with keys from files and what belongs to it', () => {
    const { storage } = parseConfig({
      ...COMPLETE,
      BERKUT_BACKUP_PATH: 's3://bucket/scc/prod/',
      BERKUT_BACKUP_S3_ENDPOINT: 'https://s3.example',
      BERKUT_BACKUP_S3_LOCK_DAYS: '30',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY_FILE: file('pw-s3\n'),
    });
    expect(storage).toMatchObject({
      kind: 's3',
      bucket: 'bucket',
      prefix: 'scc/prod/',
      endpoint: 'https://s3.example',
      lock: { days: 30, mode: 'governance' },
      credentials: { accessKeyId: 'id', secretAccessKey: 'pw-s3', sessionToken: undefined },
    });
    expect(parseConfig({ ...COMPLETE, BERKUT_BACKUP_PATH: 's3://bucket' }).storage).toMatchObject({
      credentials: undefined,
      lock: undefined,
    });
  });

  it('names what is wrong with a place in S3, and what says nothing about a directory', () => {
    const wrong = problemsOf({
      ...COMPLETE,
      BERKUT_BACKUP_PATH: 's3://B?/pw-path',
      BERKUT_BACKUP_S3_ENDPOINT: 'pw-endpoint',
      BERKUT_BACKUP_S3_CA_FILE: file('pw-ca'),
      BERKUT_BACKUP_S3_LOCK_MODE: 'compliance',
      AWS_SECRET_ACCESS_KEY: 'pw-secret',
    });
    for (const name of ['PATH', 'S3_ENDPOINT', 'S3_CA_FILE', 'S3_LOCK_DAYS'])
      expect(wrong).toContain(`BERKUT_BACKUP_${name}`);
    expect(wrong).toContain('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are only useful together');
    expect(wrong).not.toContain('pw-');
    const without = problemsOf({ ...COMPLETE, BERKUT_BACKUP_S3_REGION: 'eu-west-1' });
    expect(without).toContain('BERKUT_BACKUP_S3_REGION has no effect');
  });

  it.each(['s3:/pw-bucket/prefix', 's3:pw', 'gs://pw-bucket', 'file:///pw/x', 'https://pw.example/x'])(
    'takes no address of something else for a directory: %s',
    (path) => {
      const wrong = problemsOf({ ...COMPLETE, BERKUT_BACKUP_PATH: path });
      expect(wrong).toContain('BERKUT_BACKUP_PATH is neither a path of a directory nor s3://bucket/prefix');
      expect(wrong).not.toContain('pw');
    },
  );

  it('takes further storages, each with keys of its own or those of the first', () => {
    const described = [
      { name: 'near', url: '/srv/copies', keep: { days: 7, monthly: 12 } },
      { name: 'offsite', url: 's3://bucket/scc', endpoint: 'https://s3.example', lock_days: 30 },
      { name: 'vault', url: 's3://vault', access_key_id: 'other', secret_access_key_file: file('pw-other\n') },
    ];
    const { furtherStorages } = parseConfig({
      ...COMPLETE,
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'pw-s3',
      BERKUT_BACKUP_STORAGES_FILE: file(JSON.stringify(described)),
    });
    expect(furtherStorages).toMatchObject([
      {
        name: 'near',
        place: { kind: 'directory', path: '/srv/copies', hasToBeThere: true },
        identity: '/srv/copies',
        keep: { days: 7, last: 5, daily: 0, weekly: 0, monthly: 12, yearly: 0 },
      },
      {
        name: 'offsite',
        place: {
          bucket: 'bucket',
          prefix: 'scc/',
          lock: { days: 30, mode: 'governance' },
          credentials: { accessKeyId: 'id' },
        },
      },
      { name: 'vault', place: { credentials: { accessKeyId: 'other', secretAccessKey: 'pw-other' } } },
    ]);
    expect(parseConfig(COMPLETE).furtherStorages).toEqual([]);
  });

  it.each([
    [
      'the place of the first',
      { name: 'near', url: `${process.cwd()}/data/backups/` },
      'is the place of another storage',
    ],
    ['a relative path', { name: 'near', url: 'data/copies' }, 'neither an absolute path nor s3://'],
    ['a mistyped address', { name: 'far', url: 's3:/bucket/pw-path' }, 'neither an absolute path nor s3://'],
    [
      'a user in its endpoint',
      { name: 'far', url: 's3://bucket', endpoint: 'https://pw-user@s3.example' },
      'a list of storages',
    ],
    ['the name of the first', { name: 'first', url: '/srv/copies' }, 'has a name that is taken'],
    ['no bucket', { name: 'far', url: 's3://B?/pw-path' }, 'has no name of a bucket'],
    ['half a key', { name: 'far', url: 's3://bucket', access_key_id: 'pw-id' }, 'without the other'],
    ['no address', { name: 'far' }, 'a list of storages'],
    ['nothing to keep', { name: 'far', url: '/srv/copies', keep: { days: 0 } }, 'what is wrong is at 0.keep.days'],
    ['a password', { name: 'far', url: 's3://bucket', endpoint: 'https://me:pw-1@s3.example' }, 'a list of storages'],
    [
      'an empty secret',
      { name: 'far', url: 's3://bucket', access_key_id: 'pw-id', secret_access_key_file: file('\n') },
      'which names an empty file',
    ],
  ])('refuses a further storage with %s', (_, described, reason) => {
    const wrong = problemsOf({ ...COMPLETE, BERKUT_BACKUP_STORAGES_FILE: file(JSON.stringify([described])) });
    expect(wrong).toContain('BERKUT_BACKUP_STORAGES_FILE');
    expect(wrong).toContain(reason);
    expect(wrong).not.toContain('pw-');
  });
});
