import type { RestoreRun } from '../../api/types';
import { texts } from '../../texts/texts';
import { kindOf } from './run';

/** What a run is called: its kind and number. */
export function runName(run: Pick<RestoreRun, 'id' | 'mode' | 'into' | 'online'>): string {
  const { restore } = texts();
  return `${restore.kinds[kindOf(run)]} · ${restore.number(run.id)}`;
}

/** A step in words; the service's own word for one that is newer than this page. */
export function stepName(name: string): string {
  const names: Readonly<Record<string, string>> = texts().restore.watch.stepNames;
  return names[name] ?? name;
}
