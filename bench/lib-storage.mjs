// Uploads a file with the SDK's own helper, as a peer of our storage, and prints the seconds that it took.
// Arguments: directory of the package, JSON of the client, bucket, key, file.
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [directory = '', settings = '{}', Bucket, Key, file = ''] = process.argv.slice(2);
const load = createRequire(join(directory, 'node_modules', 'of-the-bench.js'));
const { S3Client } = load('@aws-sdk/client-s3');
const { Upload } = load('@aws-sdk/lib-storage');

const client = new S3Client(JSON.parse(settings));
const startedAt = performance.now();
// Parts and memory as ours: four are on their way while the fifth is filled.
const Body = createReadStream(file, { highWaterMark: 1024 * 1024 });
await new Upload({ client, params: { Bucket, Key, Body }, partSize: 8 * 1024 * 1024, queueSize: 4 }).done();
console.log((performance.now() - startedAt) / 1000);
client.destroy();
