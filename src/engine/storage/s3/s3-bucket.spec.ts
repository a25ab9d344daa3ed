import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { S3Bucket } from './s3-bucket';

let server: Server;
let answer: RequestListener;
let bucket: S3Bucket;
beforeEach(async () => {
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  bucket = new S3Bucket({
    bucket: 'bucket',
    prefix: '',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: undefined },
    pauseMs: 1,
  });
});
afterEach(async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});

const heads = (count: number): Promise<unknown>[] =>
  Array.from({ length: count }, () => bucket.patient.send(new HeadObjectCommand(bucket.object('a'))));

describe('a bucket', () => {
  it('is asked by one when a hundred others still wait for their answers', async () => {
    const waiting: ServerResponse[] = [];
    answer = (_, response) => {
      waiting.push(response);
      if (waiting.length === 101) for (const one of waiting) one.end();
    };
    expect(await Promise.all(heads(101))).toHaveLength(101);
  });

  it('is asked twelve times by each of many requests that fail together', async () => {
    let asked = 0;
    answer = (_, response) => {
      asked += 1;
      response.writeHead(asked % 2 === 0 ? 500 : 503).end();
    };
    const ended = await Promise.allSettled(heads(10));
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(asked).toBe(120);
  });

  it('is asked once by a request that is refused', async () => {
    let asked = 0;
    answer = (_, response) => {
      asked += 1;
      response.writeHead(403).end();
    };
    await expect(heads(1)[0]).rejects.toThrow();
    expect(asked).toBe(1);
  });
});
