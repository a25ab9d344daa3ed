import { signal } from '@preact/signals';
import type { Failure } from '../../api/failure';
import { noteFailure } from '../../session/state';
import { sendFile, type Sending } from './send-file';
import type { Upload } from './upload-state';

/** The file that is being imported, and why it was refused. It goes on while a person looks at other views. */
export const importing = signal<{ readonly upload: Upload; readonly failure?: Failure } | undefined>(undefined);

let sending: Sending | undefined;

/** Whether a file is on its way: there is one at a time. */
export function isImporting(): boolean {
  const phase = importing.value?.upload.phase;
  return phase !== undefined && phase !== 'done' && phase !== 'refused' && phase !== 'stopped';
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
    onProgress: (bytesDone) => change({ bytesDone }),
    onSent: () => change({ phase: 'finishing', bytesDone: file.size }),
    onDone: (backupId) => change({ phase: 'done', backupId }),
    onFailure: (failure) => {
      change({ phase: 'refused' }, failure);
      noteFailure(failure);
    },
  });
}

export function stopImport(): void {
  sending?.stop();
  change({ phase: 'stopped' });
}

export function forgetImport(): void {
  if (!isImporting()) importing.value = undefined;
}

function change(part: Partial<Upload>, failure?: Failure): void {
  const now = importing.peek();
  if (now === undefined || now.upload.phase === 'stopped') return;
  importing.value = { upload: { ...now.upload, ...part }, ...(failure === undefined ? {} : { failure }) };
}
