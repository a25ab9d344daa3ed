import { useEffect } from 'preact/hooks';
import { api, outcomeOf } from '../../api/client';
import type { Backup } from '../../api/types';
import { FailureNotice } from '../../components/failure-notice';
import { Page } from '../../components/page';
import { Panel } from '../../components/panel';
import { StreamNotice } from '../../components/stream-notice';
import { useLoaded } from '../../components/use-loaded';
import { useBackup } from '../../components/use-run';
import { texts } from '../../texts/texts';
import { isOver, warningsOf } from './backup';
import { BackupButtons } from './backup-buttons';
import { BackupCopies } from './backup-copies';
import { BackupFacts } from './backup-facts';
import { BackupProblem } from './backup-problem';
import { BackupStreams } from './backup-streams';
import { BackupTables } from './backup-tables';
import { backupName } from './backup-name';
import { FailedCheck } from './failed-check';
import { LiveProgress } from './live-progress';

/** One backup: what it is, where it is, what is in it, and what can be done with it. */
export function BackupView({ id }: { readonly id: number }) {
  const { backups: text, common } = texts();
  const [loaded, reload] = useLoaded(() => outcomeOf(api.GET('/api/backups/{id}', { params: { path: { id } } })), [id]);
  const { value, failure } = loaded.value;
  const isGone = failure?.kind === 'refused' && failure.status === 404;
  useReloadWhileCopied(value?.item, reload);
  return (
    <Page title={value === undefined ? text.number(id) : backupName(value.item)}>
      <p>
        <a href="#/backups">← {text.details.back}</a>
      </p>
      {isGone ? <p>{text.details.noSuch}</p> : null}
      {failure === undefined || isGone ? null : <FailureNotice failure={failure} onRetry={reload} />}
      {value === undefined && failure === undefined ? <p class="quiet">{common.loading}</p> : null}
      {value === undefined || isGone ? null : <Details backup={value.item} reload={reload} />}
    </Page>
  );
}

function Details({ backup, reload }: { readonly backup: Backup; readonly reload: () => void }) {
  const { details } = texts().backups;
  const warnings = warningsOf(backup);
  return (
    <>
      {isOver(backup) ? null : <Making backup={backup} onEnd={reload} />}
      <BackupProblem backup={backup} />
      {backup.status === 'success' ? <FailedCheck backupId={backup.id} /> : null}
      <BackupButtons backup={backup} onChange={reload} />
      <div class="panels">
        <Panel title={details.facts}>
          <BackupFacts backup={backup}>
            <BackupStreams backup={backup} />
          </BackupFacts>
        </Panel>
        {backup.status === 'success' ? <BackupCopies backup={backup} /> : null}
        {warnings.length === 0 ? null : (
          <Panel title={details.warnings}>
            <ul>
              {warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          </Panel>
        )}
      </div>
      {backup.status === 'success' ? <BackupTables backupId={backup.id} /> : null}
    </>
  );
}

/** A backup that is being made, live until it has ended. */
function Making({ backup, onEnd }: { readonly backup: Backup; readonly onEnd: () => void }) {
  const { item = backup, stream } = useBackup(backup.id).value;
  const hasEnded = isOver(item);
  useEffect(() => {
    if (hasEnded) onEnd();
  }, [hasEnded]);
  const text = texts().backups;
  return (
    <section class="panel panel-wide" aria-label={text.states[item.status === 'queued' ? 'queued' : 'running']}>
      <div class="panel-head">
        <strong role="status">{text.states[item.status === 'queued' ? 'queued' : 'running']}</strong>
        {hasEnded ? null : <StreamNotice stream={stream} />}
      </div>
      {item.progress === undefined ? null : <LiveProgress progress={item.progress} />}
    </section>
  );
}

const COPIES_AGAIN_MS = 5_000;

/** No stream tells of copies to further storages. */
function useReloadWhileCopied(backup: Backup | undefined, reload: () => void): void {
  const isCopied = backup?.files?.some(({ state }) => state === 'pending' || state === 'copying') === true;
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setInterval(reload, COPIES_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isCopied]);
}
