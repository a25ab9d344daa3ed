import { createHash, type Hash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { ContainerError } from '../format/container-error';

/** The members that a version 1 file must hold, each once. */
const MEMBERS = ['manifest.json', 'db.dump', 'checksums.json'] as const;
type V1Member = (typeof MEMBERS)[number];

/** The JSON members say little; a larger one is not what it says it is. */
const JSON_LIMIT_BYTES = 1_048_576;
/** A tar ends with two blocks of zeros. */
const END_BYTES = 1_024;

/** What was in the tar: the two JSON members, and size and digest of each. */
export interface V1Content {
  readonly json: Readonly<Partial<Record<V1Member, Buffer>>>;
  readonly sizes: Readonly<Partial<Record<V1Member, number>>>;
  readonly sha256: Readonly<Partial<Record<V1Member, string>>>;
}

/**
 * Reads the tar to its end.
 *
 * @param onDump takes the bytes of the dump as they come
 * @throws ContainerError `truncated` when the tar is not complete, `index_mismatch` when its members are not the three;
 *   whatever the plaintext's source or `onDump` throws
 */
export async function readV1Tar(
  plaintext: AsyncIterable<Buffer>,
  onDump: (chunk: Buffer) => void | Promise<void>,
): Promise<V1Content> {
  const json: Partial<Record<V1Member, Buffer>> = {};
  const sizes: Partial<Record<V1Member, number>> = {};
  const digests: Partial<Record<V1Member, Hash>> = {};
  const archive = extract();
  const reading = (async () => {
    for await (const entry of archive) {
      const name = MEMBERS.find((member) => member === entry.header.name);
      if (name === undefined || digests[name] !== undefined || entry.header.type !== 'file') {
        throw mismatch('The archive holds something else than its three members.');
      }
      if (name !== 'db.dump' && entry.header.size > JSON_LIMIT_BYTES) throw mismatch(`${name} is too large.`);
      const digest = (digests[name] = createHash('sha256'));
      const kept: Buffer[] = [];
      for await (const chunk of entry as AsyncIterable<Buffer>) {
        digest.update(chunk);
        if (name === 'db.dump') await onDump(chunk);
        else kept.push(chunk);
      }
      sizes[name] = entry.header.size;
      if (name !== 'db.dump') json[name] = Buffer.concat(kept);
    }
  })();
  reading.catch((error: unknown) => archive.destroy(error instanceof Error ? error : undefined));
  const end = new TarEnd();
  const [fed, read] = await Promise.allSettled([pipeline(end.watched(plaintext), archive), reading]);
  // Why an entry was refused says more than that the pipe broke then, and a broken source more than a cut tar.
  if (read.status === 'rejected' && !isCut(read.reason)) throw read.reason;
  if (fed.status === 'rejected' && !isCut(fed.reason)) throw fed.reason;
  if (fed.status === 'rejected' || read.status === 'rejected' || !end.isComplete) {
    throw new ContainerError('truncated', 'The file ends before its archive does.');
  }
  for (const member of MEMBERS) if (digests[member] === undefined) throw mismatch(`${member} is missing.`);
  return {
    json,
    sizes,
    sha256: Object.fromEntries(MEMBERS.map((member) => [member, digests[member]?.digest('hex') ?? ''])),
  };
}

/** Watches for the two blocks of zeros that say that nothing was cut off. */
class TarEnd {
  private zerosAtEnd = 0;

  get isComplete(): boolean {
    return this.zerosAtEnd >= END_BYTES;
  }

  async *watched(plaintext: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of plaintext) {
      let zeros = 0;
      while (zeros < Math.min(chunk.length, END_BYTES) && chunk[chunk.length - 1 - zeros] === 0) zeros += 1;
      this.zerosAtEnd = zeros === chunk.length ? this.zerosAtEnd + zeros : zeros;
      yield chunk;
    }
  }
}

/** What tar-stream and its streams say of an archive that stops in the middle. */
function isCut(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(Unexpected end of data|Stream was destroyed|Premature close|Writable stream closed prematurely)/.test(
      error.message,
    )
  );
}

function mismatch(message: string): ContainerError {
  return new ContainerError('index_mismatch', message);
}
