import { type S3Server, startS3 } from '../support/s3-server';
import { storageContract } from '../support/storage-contract';
import { S3Storage } from '../../src/engine/storage/s3/s3-storage';

describe('the storage in S3', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
  });
  afterAll(() => server.stop());

  describe('keeps the contract:', () =>
    storageContract(async () => {
      const { place } = await server.newBucket();
      return { storage: new S3Storage(place), dispose: () => Promise.resolve(), isLax: !server.isStrict };
    }));
});
