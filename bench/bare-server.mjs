// The least a server can do, for comparison: sends a file, or writes one and syncs it. Prints its port.
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';

const [, , source, destination] = process.argv;
const server = createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.setHeader('Content-Length', statSync(source).size);
    // A client that has all it wants may hang up before the stream has noticed its end.
    await pipeline(createReadStream(source, { highWaterMark: 1024 * 1024 }), response).catch(() => undefined);
    return;
  }
  await pipeline(request, createWriteStream(destination));
  const file = await open(destination, 'r+');
  await file.sync();
  await file.close();
  response.end('{}');
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
