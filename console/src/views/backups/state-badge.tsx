import { Badge, type Tone } from '../../components/status-badge';
import type { Backup } from '../../api/types';
import { texts } from '../../texts/texts';
import { type BackupState, stateOf } from './backup';

const TONES: Readonly<Record<BackupState, Tone>> = {
  queued: 'neutral',
  running: 'active',
  failed: 'bad',
  canceled: 'neutral',
  unusable: 'bad',
  good: 'neutral',
  proven: 'good',
};

/** What became of a backup. Only one that was restored as a rehearsal is called good. */
export function StateBadge({ backup }: { readonly backup: Backup }) {
  const state = stateOf(backup);
  return <Badge tone={TONES[state]} text={texts().backups.states[state]} />;
}
