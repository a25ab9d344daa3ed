import { signal } from '@preact/signals';
import type { Failure } from '../../api/failure';
import { noteFailure } from '../../session/state';
import { type Sending, sendFile } from './send-file';
import { isOnItsWay, type Upload } from './upload-state';

/** A file that is being imported, or was, and what was in its way last. */
export interface Import {
  readonly upload: Upload;
  readonly failure?: Failure | undefined;
}

/** The latest file. It goes on while a person looks at other views. */
export const importing = signal<Import | undefined>(undefined);

let sending: Promise<Sending> | undefined;

/** Whether a file is on its way: there is one at a time. */
export function isImporting(): boolean {
  return importing.value !== undefined && isOnItsWay(importing.value.upload.phase);
}

export function startImport(file: File): void {
  if (isImporting()) return;
  const upload: Upload = {
    filename: file.name,
    phase: 'sending',
    bytesDone: 0,
    bytesTotal: file.size,
    bytesBefore: 0,
    beganMs: Date.now(),
  };
  importing.value = { upload };
  sending = sendFile(file, {
    onBegun: (bytesBefore) => change({ phase: 'sending', bytesBefore, bytesDone: bytesBefore, beganMs: Date.now() }),
    onProgress: (bytesDone) => change({ phase: bytesDone < file.size ? 'sending' : 'finishing', bytesDone }),
    onWaiting: (failure) => change({ phase: 'waiting' }, failure),
    onDone: (backupId) => change({ phase: 'done', backupId, bytesDone: file.size }),
    onFailure: (failure) => {
      noteFailure(failure);
      // After signing in again it goes on from where it was.
      change({ phase: failure.kind === 'session_over' ? 'paused' : 'refused' }, failure);
    },
  });
}

export function pauseImport(): void {
  void sending?.then(({ pause }) => pause());
  change({ phase: 'paused' });
}

export function resumeImport(): void {
  change({ phase: 'sending', beganMs: Date.now() });
  void sending?.then(({ resume }) => resume());
}

export function stopImport(): void {
  void sending?.then(({ stop }) => stop());
  change({ phase: 'stopped' });
}

export function forgetImport(): void {
  if (!isImporting()) importing.value = undefined;
}

function change(part: Partial<Upload>, failure?: Failure): void {
  const now = importing.peek();
  if (now === undefined || now.upload.phase === 'stopped') return;
  importing.value = { upload: { ...now.upload, ...part }, failure };
}
