import type { BackupDto, RunDto } from '../../src/backups/http/backups.dto';
import type { RescanDto } from '../../src/backups/http/rescan.dto';
import type { ErrorBody } from '../../src/kernel/errors/error-body';
import type { RestoreRunDto } from '../../src/restore/http/restore.dto';
import { eventually } from './eventually';

/** Whatever the API may answer: a test looks at the members that belong to what it asked for. */
export interface AnswerBody extends ErrorBody {
  readonly items: readonly BackupDto[];
  readonly total: number;
  readonly item: BackupDto;
  readonly artifact: BackupDto;
  readonly run: RunDto;
  readonly restore_id: number;
  readonly ok: true;
}

/** An answer of the API. */
export interface JsonAnswer<T = AnswerBody> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A client of the API, as a script would be one. */
export class JsonClient {
  constructor(
    readonly url: string,
    private readonly token?: string,
  ) {}

  /** The same client with nothing to show. */
  withoutToken(): JsonClient {
    return new JsonClient(this.url);
  }

  get<T = AnswerBody>(path: string): Promise<JsonAnswer<T>> {
    return this.send<T>('GET', path);
  }

  post(path: string, body: unknown = {}): Promise<JsonAnswer> {
    return this.send('POST', path, JSON.stringify(body));
  }

  delete(path: string): Promise<JsonAnswer> {
    return this.send('DELETE', path);
  }

  /** @param body sent as it is, as JSON unless a header says otherwise */
  async send<T = AnswerBody>(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<JsonAnswer<T>> {
    const response = await this.fetch(method, path, body, headers);
    const text = await response.text();
    // An answer to HEAD has the type of a body alone.
    const isJson = text !== '' && response.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T };
  }

  /** The bare response, for files. */
  fetch(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/api${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
      headers: {
        ...(this.token === undefined ? {} : { Authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
    });
  }

  /**
   * Sends a file to be imported.
   *
   * @param chunks of the file; as long as they do not end, nor does the request
   */
  upload(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Response> {
    const body = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      yield Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="x.bscc"\r\n\r\n');
      yield* chunks;
      yield Buffer.from('\r\n--b--\r\n');
    };
    return fetch(`${this.url}/api/backups/import`, {
      method: 'POST',
      headers: {
        ...(this.token === undefined ? {} : { Authorization: `Bearer ${this.token}` }),
        'Content-Type': 'multipart/form-data; boundary=b',
      },
      body: ReadableStream.from(body()),
      duplex: 'half',
    });
  }

  /** Makes a backup and waits for its end, however it ends. */
  async backUp(request: object = {}): Promise<BackupDto> {
    const { status, body } = await this.post('/backups', request);
    if (status !== 202) throw new Error(`POST /backups answered ${status} ${JSON.stringify(body)}`);
    return this.ended<BackupDto>(`/backups/${body.artifact.id}`);
  }

  /** Starts a restore or dry run and waits for its end, however it ends. */
  async restore(backupId: number, request: object = {}, kind = 'restore'): Promise<RestoreRunDto> {
    const { status, body } = await this.post(`/backups/${backupId}/${kind}`, request);
    if (status !== 202) throw new Error(`POST ${kind} answered ${status} ${JSON.stringify(body)}`);
    return this.run(body.restore_id);
  }

  /** Waits for the end of a restore run. */
  run(id: number): Promise<RestoreRunDto> {
    return this.ended<RestoreRunDto>(`/backups/restores/${id}`);
  }

  /** Has the storage compared with the catalogue and waits for the end. */
  async rescan(storage?: string): Promise<RescanDto> {
    const { status, body } = await this.send(
      'POST',
      '/backups/rescan',
      storage === undefined ? undefined : JSON.stringify({ storage }),
    );
    if (status !== 202) throw new Error(`POST /backups/rescan answered ${status} ${JSON.stringify(body)}`);
    return this.ended<RescanDto>('/backups/rescan');
  }

  private async ended<T extends { status: string }>(path: string): Promise<T> {
    let item: T | undefined;
    await eventually(async () => {
      const answer = await this.get<{ item: T }>(path);
      if (answer.status !== 200) throw new Error(`GET ${path} answered ${answer.status}`);
      item = answer.body.item;
      return item.status !== 'queued' && item.status !== 'running';
    });
    if (item === undefined) throw new Error('unreachable: the condition has been true');
    return item;
  }
}
