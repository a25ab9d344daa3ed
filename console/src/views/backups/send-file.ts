import { type Failure, failureOf } from '../../api/failure';
import { isRecord, numberIn } from '../../api/narrow';
import { csrfToken } from '../../session/state';

/** What is told of a file while it is sent. */
export interface SendListener {
  readonly onProgress: (bytesDone: number) => void;
  /** Everything has arrived, and the service reads it to its end. */
  readonly onSent: () => void;
  readonly onDone: (backupId: number) => void;
  readonly onFailure: (failure: Failure) => void;
}

/** A file that is being sent. */
export interface Sending {
  stop(): void;
}

/** Sends a file in one request. Only `XMLHttpRequest` tells how much of a body has been sent. */
export function sendFile(file: File, { onProgress, onSent, onDone, onFailure }: SendListener): Sending {
  const request = new XMLHttpRequest();
  request.open('POST', '/api/backups/import');
  request.setRequestHeader('Accept', 'application/json');
  request.setRequestHeader('X-CSRF-Token', csrfToken());
  request.upload.onprogress = ({ loaded }) => onProgress(Math.min(loaded, file.size));
  request.upload.onload = onSent;
  request.onerror = () => onFailure({ kind: 'unreachable' });
  request.onload = () => {
    const answer = readJson(request.responseText);
    const id = numberIn(isRecord(answer) ? answer['item'] : undefined, 'id');
    if (request.status < 300 && id !== undefined) onDone(id);
    else onFailure(failureOf(request.status, answer));
  };
  const form = new FormData();
  form.append('file', file);
  request.send(form);
  return { stop: () => request.abort() };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
