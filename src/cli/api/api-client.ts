import { z } from 'zod';
import { ApiError, UnreachableError } from '../terminal/service-error';
import { uploadBody } from './upload-body';

const ERROR = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()).optional() }),
});

/** Asks the service over HTTP as one caller. */
export class ApiClient {
  private readonly base: string;

  /**
   * @param url of the service, with `/api` behind it or without
   * @param token of the caller
   */
  constructor(
    url: string,
    private readonly token: string,
  ) {
    this.base = `${url.replace(/\/+$/, '').replace(/\/api$/, '')}/api`;
  }

  /** @throws ApiError, UnreachableError, or ZodError when the answer is not what the service answers */
  async get<T extends z.ZodType>(path: string, shape: T): Promise<z.output<T>> {
    return this.json(path, {}, shape);
  }

  /** @throws as {@link get} */
  async send<T extends z.ZodType>(method: 'POST' | 'PUT', path: string, body: object, shape: T): Promise<z.output<T>> {
    const headers = { 'Content-Type': 'application/json' };
    return this.json(path, { method, headers, body: JSON.stringify(body) }, shape);
  }

  /**
   * Imports a file, as it is read from the disk.
   *
   * @param onProgress is told how many bytes have been sent, and how many there are
   * @returns the answer, and whether the file has made something new
   * @throws as {@link get}, FileError, UsageError
   */
  async upload<T extends z.ZodType>(
    path: string,
    file: string,
    shape: T,
    onProgress: (bytesDone: number, bytesTotal: number) => void,
  ): Promise<{ answer: z.output<T>; isNew: boolean }> {
    const { headers, chunks, throwFileError } = await uploadBody(file, onProgress);
    const request = { method: 'POST', headers, body: ReadableStream.from(chunks), duplex: 'half' } as const;
    try {
      const response = await this.ask(path, request);
      return { answer: shape.parse(await response.json()), isNew: response.status === 201 };
    } catch (error) {
      throwFileError();
      throw error;
    }
  }

  /**
   * Begins a download.
   *
   * @throws ApiError, UnreachableError
   */
  async download(path: string): Promise<{ body: AsyncIterable<Uint8Array>; sizeBytes: number; name: string }> {
    const { body, headers } = await this.ask(path, {});
    const [, name = 'backup.bscc'] = /filename="([^"]+)"/.exec(headers.get('content-disposition') ?? '') ?? [];
    return { body: wholeOrRefused(body ?? empty()), sizeBytes: Number(headers.get('content-length') ?? 0), name };
  }

  private async json<T extends z.ZodType>(path: string, request: RequestInit, shape: T): Promise<z.output<T>> {
    const response = await this.ask(path, request);
    return shape.parse(await response.json());
  }

  private async ask(path: string, request: RequestInit): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set('Authorization', `Bearer ${this.token}`);
    let response: Response;
    try {
      response = await fetch(`${this.base}${path}`, { ...request, headers, redirect: 'error' });
    } catch (cause) {
      throw new UnreachableError(`${new URL(this.base).origin} cannot be reached`, { cause });
    }
    if (response.ok) return response;
    throw await refusal(response);
  }
}

async function refusal(response: Response): Promise<ApiError> {
  const { status } = response;
  const parsed = ERROR.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) return new ApiError(status, `http_${status}`, 'not an answer of the service', undefined);
  const { code, message, details } = parsed.data.error;
  return new ApiError(status, code, message, details);
}

/** The service breaks the connection when something fails after the first byte. */
async function* wholeOrRefused(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((cause: unknown) => {
        throw new UnreachableError('the answer ended before all of it had come: see the log of the service', { cause });
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await chunks.return?.().catch(() => undefined);
  }
}

async function* empty(): AsyncGenerator<Uint8Array, void, undefined> {
  // An answer without a body has no bytes.
}
