import { DataStore, Server, Upload } from '@tus/server';
import type { Request, Response } from 'express';
import { AppError } from '../../kernel/errors/app-error';
import type { ErrorCode } from '../../kernel/errors/error-table';
import { CHECKSUM_ALGORITHMS } from '../uploads/announced-checksum';

/** Where uploads are made; each has an address below it. */
const UPLOADS_PATH = '/api/backups/uploads';

/** What the protocol reads. Of all other headers it hears nothing, so that none of them changes what it does. */
const READ = [
  'tus-resumable',
  'upload-offset',
  'upload-length',
  'upload-defer-length',
  'upload-metadata',
  'upload-concat',
];
/** With the bytes of an upload. */
const READ_OF_BODY = ['content-type', 'content-length'];
/** What it answers. Pages of other origins are not let in, whatever it says of them. */
const ANSWERED = /^(location|upload-(offset|length)|tus-(version|extension|max-size))$/;

const VERSION = '1.0.0';

/** An upload in the words of the protocol. */
export interface TusUpload {
  readonly id: string;
  readonly sizeBytes: number;
  readonly offset: number;
}

/** What a request may do. */
export interface TusStore {
  /** @returns the id of the new upload */
  create?(sizeBytes: number, metadata: Readonly<Record<string, string | null>>): Promise<string>;
  find?(): Promise<TusUpload>;
  /** @returns the offset after the bytes of the request */
  append?(): Promise<number>;
  remove?(): Promise<void>;
}

/**
 * Has one request answered by the protocol: it reads the headers, compares offsets and lengths, and says what to answer. Whatever has
 * an effect is done by the store, under the lock of the upload, and errors are those of the API.
 *
 * @throws AppError, or what the store throws
 */
export async function exchange(request: Request, response: Response, store: TusStore, maxBytes: number): Promise<void> {
  const thrown: unknown[] = [];
  const server = new Server({
    path: UPLOADS_PATH,
    relativeLocation: true,
    maxSize: maxBytes,
    datastore: new RequestStore(store),
    // The upload is locked before.
    locker: { newLock: () => ({ lock: () => Promise.resolve(), unlock: () => Promise.resolve() }) },
    onResponseError: (_request, error) => {
      thrown.push(error);
      return undefined;
    },
  });
  response.setHeader('Tus-Resumable', VERSION);
  const answer = await server.handleWeb(asWebRequest(request));
  if (answer.status >= 400) throw await refusalOf(answer, thrown[0], response);
  for (const [name, value] of answer.headers) if (ANSWERED.test(name)) response.setHeader(name, value);
  if (request.method === 'OPTIONS') response.setHeader('Tus-Checksum-Algorithm', CHECKSUM_ALGORITHMS.join(','));
  response.status(answer.status);
}

/** The store of one request, which knows its upload. */
class RequestStore extends DataStore {
  override extensions = ['creation', 'expiration', 'termination', 'checksum'];

  constructor(private readonly store: TusStore) {
    super();
  }

  override async create(upload: Upload): Promise<Upload> {
    if (this.store.create === undefined) throw new AppError('backups.not_found');
    upload.id = await this.store.create(upload.size ?? 0, upload.metadata ?? {});
    return upload;
  }

  override async getUpload(): Promise<Upload> {
    if (this.store.find === undefined) throw new AppError('backups.not_found');
    const { id, sizeBytes, offset } = await this.store.find();
    return new Upload({ id, size: sizeBytes, offset });
  }

  override async write(): Promise<number> {
    if (this.store.append === undefined) throw new AppError('backups.not_found');
    return this.store.append();
  }

  override async remove(): Promise<void> {
    await this.store.remove?.();
  }
}

/** Without its body, which the store reads: what counts are the bytes that have come, however the request ends. */
function asWebRequest(request: Request): globalThis.Request {
  const headers = new Headers();
  for (const name of [...READ, ...(request.method === 'PATCH' ? READ_OF_BODY : [])]) {
    const value = request.get(name);
    if (value !== undefined) headers.set(name, value);
  }
  return new globalThis.Request(`http://localhost${request.path}`, { method: request.method, headers });
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  404: 'backups.not_found',
  409: 'backups.upload_offset',
  410: 'backups.not_found',
  412: 'backups.tus_version',
  413: 'backups.upload_too_large',
};

/** What the protocol refuses it says in fixed words. What a part of ours has thrown is passed on. */
async function refusalOf(answer: globalThis.Response, thrown: unknown, response: Response): Promise<unknown> {
  if (thrown !== undefined && !isOfProtocol(thrown)) return thrown;
  const code = CODES[answer.status] ?? 'backups.invalid_request';
  if (code === 'backups.tus_version') response.setHeader('Tus-Version', VERSION);
  const hint = (await answer.text()).trim();
  return new AppError(code, hint === '' ? {} : { details: { hint } });
}

function isOfProtocol(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && 'status_code' in thrown && 'body' in thrown;
}
