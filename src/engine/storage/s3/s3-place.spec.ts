import { isS3Url, parseS3Url, s3Url, S3UrlError } from './s3-place';

describe('an address of S3', () => {
  it.each([
    ['s3://bucket', 'bucket', ''],
    ['s3://bucket/', 'bucket', ''],
    ['s3://my.bucket-1/scc', 'my.bucket-1', 'scc/'],
    ['S3://bucket/scc/prod/', 'bucket', 'scc/prod/'],
  ])('is read: %s', (text, bucket, prefix) => {
    expect(isS3Url(text)).toBe(true);
    expect(parseS3Url(text)).toEqual({ bucket, prefix });
    expect(parseS3Url(s3Url({ bucket, prefix }))).toEqual({ bucket, prefix });
  });

  it.each([
    's3://',
    's3:///prefix',
    's3://B_/x',
    's3://a..b/x',
    's3://bucket//x',
    's3://bucket/a/../b',
    's3://bucket/a b',
    's3://bucket/?x=1',
  ])('is refused: %s', (text) => {
    expect(() => parseS3Url(text)).toThrow(S3UrlError);
  });

  it('is no directory, and no directory is one', () => {
    expect([isS3Url('/srv/s3'), isS3Url('data/backups'), isS3Url('s3')]).toEqual([false, false, false]);
  });
});
