// Seals a file as the first version of SCC did: AES-256-GCM, a MiB at a time. seal-file.mjs IN OUT
import { createCipheriv, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

const [, , source, destination] = process.argv;
const key = randomBytes(32);
const nonce = randomBytes(12);
async function* seal(chunks) {
  let index = 0;
  for await (const chunk of chunks) {
    nonce.writeUInt32BE(index, 8);
    index += 1;
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    const body = cipher.update(chunk);
    cipher.final();
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length + 16);
    yield length;
    yield body;
    yield cipher.getAuthTag();
  }
}
await pipeline(createReadStream(source, { highWaterMark: 1024 * 1024 }), seal, createWriteStream(destination));
