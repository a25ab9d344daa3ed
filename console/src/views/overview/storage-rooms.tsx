import type { StorageRoom } from '../../api/types';
import { Panel } from '../../components/panel';
import { Badge } from '../../components/status-badge';
import { formatBytes } from '../../formats/bytes';
import { formatPercent } from '../../formats/numbers';
import { texts } from '../../texts/texts';

interface Props {
  readonly storages: readonly StorageRoom[];
  /** Size of the newest good backup. */
  readonly newestBytes: number | undefined;
}

/** How much room each storage has, and what is wrong with its files. */
export function StorageRooms({ storages, newestBytes }: Props) {
  const { storages: text } = texts().overview;
  return (
    <Panel title={text.title}>
      {storages.length === 0 ? <p class="quiet">{text.none}</p> : null}
      {storages.map((storage) => (
        <Room key={storage.name} storage={storage} newestBytes={newestBytes} />
      ))}
    </Panel>
  );
}

function Room({ storage, newestBytes }: { readonly storage: StorageRoom; readonly newestBytes: number | undefined }) {
  const { storages: text } = texts().overview;
  const { kind, reachable, free_bytes: free, used_bytes: used, files, files_damaged: damaged } = storage;
  const name = storage.name === 'first' ? text.first : storage.name;
  const share = free === undefined || free + used === 0 ? undefined : (used / (free + used)) * 100;
  const fit =
    free === undefined || newestBytes === undefined || newestBytes === 0 ? undefined : Math.floor(free / newestBytes);
  const facts = [
    text.used(formatBytes(used)),
    text.files(files),
    ...(free === undefined ? [] : [text.free(formatBytes(free))]),
    ...(fit === undefined ? [] : [text.enoughFor(fit)]),
  ];
  return (
    <div class="room">
      <div class="actions">
        <strong>{name}</strong>
        <span class="quiet">{text.kinds[kind]}</span>
        <Badge tone={reachable ? 'good' : 'bad'} text={reachable ? text.reachable : text.notReachable} />
        {damaged > 0 ? <Badge tone="bad" text={text.damaged(damaged)} /> : null}
        {storage.files_missing > 0 ? <Badge tone="bad" text={text.missing(storage.files_missing)} /> : null}
      </div>
      {share === undefined ? null : (
        <div class="progress">
          <progress max={100} value={share} aria-label={text.barLabel(name, formatPercent(share))} />
        </div>
      )}
      <p class="quiet">{facts.join(' · ')}</p>
    </div>
  );
}
