import type { DetailedError, HttpResponse, Upload as TusUpload } from 'tus-js-client';
import { type Failure, failureOf } from '../../api/failure';
import { csrfToken } from '../../session/state';

/** What is told of a file while it is sent. */
export interface SendListener {
  /** The service has so much of the file from before: sending goes on from there. */
  readonly onBegun: (bytesBefore: number) => void;
  readonly onProgress: (bytesDone: number) => void;
  /** The connection or the service is away, or has no room; it is tried again until it is stopped. */
  readonly onWaiting: (failure: Failure) => void;
  readonly onDone: (backupId: number) => void;
  /** It cannot go on: the file is refused, or the session is over. */
  readonly onFailure: (failure: Failure) => void;
}

/** A file that is being sent. */
export interface Sending {
  /** Ends sending for now; the service keeps what has arrived. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends sending for good, and removes what has arrived. */
  readonly stop: () => void;
}

const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 15_000];
/** What is over by itself: a request that went on, an import that holds the upload, bytes that were damaged on their way. */
const PASSING: ReadonlySet<string> = new Set([
  'app.rate_limited',
  'backups.upload_checksum',
  'backups.upload_interrupted',
  'backups.upload_locked',
  'backups.upload_offset',
]);

/**
 * Sends a file by the tus protocol. It goes on at the byte where it broke: after a lost connection, a restart of the service,
 * and for the same file after the page was loaded anew.
 */
export async function sendFile(file: File, listener: SendListener): Promise<Sending> {
  // Only a page that imports needs it.
  const { Upload } = await import('tus-js-client');
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const upload: TusUpload = new Upload(file, {
    endpoint: '/api/backups/uploads',
    metadata: { filename: file.name },
    // Its own tries end some time; a lost connection may last a night.
    retryDelays: null,
    removeFingerprintOnSuccess: true,
    onBeforeRequest: (request) => {
      request.setHeader('X-CSRF-Token', csrfToken());
      request.setHeader('Accept', 'application/json');
    },
    onAfterResponse: (request, response) => {
      const offset = Number(response.getHeader('Upload-Offset') ?? NaN);
      if (request.getMethod() === 'HEAD' && Number.isSafeInteger(offset)) listener.onBegun(offset);
    },
    onProgress: (bytesDone) => {
      tries = 0;
      listener.onProgress(bytesDone);
    },
    onSuccess: ({ lastResponse }) => listener.onDone(Number(lastResponse.getHeader('Backup-Id') ?? NaN)),
    onError: (error) => {
      const failure = failureIn('originalResponse' in error ? error : undefined);
      if (!isPassing(failure)) {
        listener.onFailure(failure);
        return;
      }
      listener.onWaiting(failure);
      timer = setTimeout(() => upload.start(), PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
      tries += 1;
    },
  });
  const [previous] = await upload.findPreviousUploads();
  if (previous !== undefined) upload.resumeFromPreviousUpload(previous);
  upload.start();
  return {
    pause: () => {
      clearTimeout(timer);
      void upload.abort();
    },
    resume: () => upload.start(),
    stop: () => {
      clearTimeout(timer);
      // What cannot be removed now, the service removes later.
      upload.abort(true).catch(() => undefined);
    },
  };
}

function isPassing(failure: Failure): boolean {
  if (failure.kind === 'unreachable' || failure.kind === 'maintenance') return true;
  return failure.kind === 'refused' && (failure.status >= 500 || PASSING.has(failure.code));
}

function failureIn(error: DetailedError | undefined): Failure {
  const response: HttpResponse | null | undefined = error?.originalResponse;
  if (response === null || response === undefined) return { kind: 'unreachable' };
  return failureOf(response.getStatus(), readJson(response.getBody()));
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
