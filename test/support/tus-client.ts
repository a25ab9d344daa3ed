import { Upload, type UploadOptions } from 'tus-js-client';

/** A client of resumable uploads that sends the requests of the protocol one by one. */
export class TusClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** @returns the path of the upload, below the service */
  async begin(sizeBytes: number, headers: Record<string, string> = {}): Promise<string> {
    const { status, headers: answer } = await this.send('POST', '/api/backups/uploads', {
      'Upload-Length': String(sizeBytes),
      ...headers,
    });
    if (status !== 201) throw new Error(`POST answered ${status}`);
    return answer.get('location') ?? '';
  }

  patch(path: string, offset: number, body: Uint8Array | ReadableStream, headers: Record<string, string> = {}) {
    const type = { 'Content-Type': 'application/offset+octet-stream' };
    return this.send('PATCH', path, { 'Upload-Offset': String(offset), ...type, ...headers }, body);
  }

  async send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: Uint8Array | ReadableStream,
  ): Promise<{ status: number; headers: Headers; code: string | undefined }> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, 'Tus-Resumable': '1.0.0', ...headers },
      ...(body === undefined ? {} : { body: body instanceof Uint8Array ? new Uint8Array(body) : body, duplex: 'half' }),
    });
    const text = await response.text();
    const code = /"code":"([a-z_.]+)"/.exec(text)?.[1];
    return { status: response.status, headers: response.headers, code };
  }
}

/** Sends a file as a program would that uses the protocol's own client. @returns the id of the backup */
export function uploadWithTus(
  file: Buffer,
  { url, token, ...options }: { url: string; token: string } & UploadOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint: `${url}/api/backups/uploads`,
      headers: { Authorization: `Bearer ${token}` },
      retryDelays: Array.from({ length: 200 }, () => 0),
      metadata: { filename: 'from elsewhere.bscc' },
      onError: reject,
      onSuccess: ({ lastResponse }) => resolve(Number(lastResponse.getHeader('Backup-Id'))),
      ...options,
    });
    upload.start();
  });
}
