import type { ComponentChildren } from 'preact';
import type { Alert, Integrity, Leftover, StorageRoom } from '../../api/types';
import { type AlertItem, AlertList } from '../../components/alert-list';
import { Panel } from '../../components/panel';
import type { Tone } from '../../components/status-badge';
import { texts } from '../../texts/texts';
import { type Seen, storagesAway } from './safety';

const SEVERE: readonly Alert['alert'][] = [
  'backup_failed',
  'backup_overdue',
  'files_missing',
  'restore_test_failed',
  'storage_unusable',
];

function placeOf(alert: Alert['alert']): { readonly href: string; readonly title: string } | undefined {
  const { alerts } = texts().overview;
  switch (alert) {
    case 'backup_failed':
      return { href: '#/backups?status=failed', title: alerts.failedBackups };
    case 'backup_overdue':
    case 'storage_low':
    case 'retention_failed':
      return { href: '#/plan', title: alerts.plan };
    case 'backup_suspicious':
    case 'files_missing':
      return { href: '#/backups', title: alerts.backups };
    case 'restore_test_failed':
      return { href: '#/restores', title: alerts.runs };
    case 'leftovers':
    case 'storage_unusable':
      return undefined;
  }
}

function adviceOf(alert: Alert['alert']): ComponentChildren {
  const place = placeOf(alert);
  return (
    <>
      {texts().overview.alerts.advice[alert]} {place === undefined ? null : <a href={place.href}>{place.title}</a>}
    </>
  );
}

function alertItem({ alert, message, cause, since }: Alert): AlertItem {
  const tone: Tone = SEVERE.includes(alert) ? 'bad' : 'warning';
  return {
    key: alert,
    tone,
    title: texts().overview.alerts.names[alert],
    message,
    cause,
    since,
    advice: adviceOf(alert),
  };
}

function leftoverItem({ kind, name, run_id: run, since, attempts, reason, command }: Leftover): AlertItem {
  const { alerts } = texts().overview;
  return {
    key: `${kind} ${name}`,
    tone: 'warning',
    title: alerts.leftoverTitle(name),
    message: `${alerts.leftoverMessage(run)} ${alerts.leftoverAttempts(attempts)}.`,
    cause: reason,
    since,
    advice: (
      <>
        {alerts.leftoverAdvice}
        <code>{command}</code>
      </>
    ),
  };
}

/** A storage that does not answer now; the alert of the service waits whether it comes back. */
function awayItem({ name }: StorageRoom): AlertItem {
  const { alerts, storages } = texts().overview;
  return {
    key: `away ${name}`,
    tone: 'bad',
    title: alerts.storageAway,
    message: alerts.storageAwayMessage(name === 'first' ? storages.first : name),
    advice: alerts.storageAwayAdvice,
  };
}

/** What is wrong now, the worst first; nothing when nothing is. */
export function Attention({ integrity, seen }: { readonly integrity: Integrity; readonly seen: Seen }) {
  const isTold = integrity.alerts.some(({ alert }) => alert === 'storage_unusable');
  const away = isTold ? [] : storagesAway(seen).map(awayItem);
  const alerts = [...away, ...integrity.alerts.map(alertItem)].toSorted((one, other) =>
    one.tone.localeCompare(other.tone),
  );
  const items = [...alerts, ...integrity.leftovers.map(leftoverItem)];
  if (items.length === 0) return null;
  return (
    <Panel title={texts().overview.alerts.title}>
      <AlertList alerts={items} />
    </Panel>
  );
}
