import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { followEvents, type StreamState } from '../api/event-stream';
import { isRecord } from '../api/narrow';
import type { Backup, RestoreRun } from '../api/types';

/** A backup or a restore run, live until it has ended. */
export interface Followed<T> {
  readonly item: T | undefined;
  readonly stream: StreamState;
}

// The service wrote the event, and docs/openapi.json says what it looks like.
const isBackup = (value: unknown): value is Backup => isRecord(value) && 'trigger' in value;
const isRestoreRun = (value: unknown): value is RestoreRun => isRecord(value) && 'steps' in value;

function useFollowed<T>(path: string, isItem: (value: unknown) => value is T): ReadonlySignal<Followed<T>> {
  const followed = useSignal<Followed<T>>({ item: undefined, stream: { state: 'connecting' } });
  useEffect(() => {
    const gone = new AbortController();
    followed.value = { item: undefined, stream: { state: 'connecting' } };
    void followEvents(
      path,
      {
        onData: (data) => {
          const item = isRecord(data) ? data['item'] : undefined;
          if (isItem(item)) followed.value = { ...followed.peek(), item };
        },
        onState: (stream) => (followed.value = { ...followed.peek(), stream }),
      },
      gone.signal,
    );
    return () => gone.abort();
  }, [path]);
  return followed;
}

/** Follows a backup while it is made. */
export function useBackup(id: number): ReadonlySignal<Followed<Backup>> {
  return useFollowed(`/api/backups/${id}`, isBackup);
}

/** Follows a restore run, also through maintenance. */
export function useRestoreRun(id: number): ReadonlySignal<Followed<RestoreRun>> {
  return useFollowed(`/api/backups/restores/${id}`, isRestoreRun);
}
