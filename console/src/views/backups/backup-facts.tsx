import type { ComponentChildren } from 'preact';
import type { Backup } from '../../api/types';
import { Time } from '../../components/time';
import { formatBytes } from '../../formats/bytes';
import { formatDuration } from '../../formats/duration';
import { texts } from '../../texts/texts';
import { keyOf, makerOf } from './backup';
import { contentsText } from './backup-name';
import { StateBadge } from './state-badge';

interface Props {
  readonly backup: Backup;
  /** Further facts. */
  readonly children?: ComponentChildren;
}

/** What is known of a backup. */
export function BackupFacts({ backup, children }: Props) {
  const { backups } = texts();
  const text = backups.details;
  const { finished_at: end, size_bytes: size, verified_at: proven } = backup;
  return (
    <dl class="facts">
      <Fact name={text.state}>
        <StateBadge backup={backup} />
      </Fact>
      <Fact name={text.contents}>{contentsText(backup)}</Fact>
      <Fact name={text.made}>
        <Time at={backup.created_at} />
      </Fact>
      {end === undefined ? null : (
        <Fact name={text.took}>{formatDuration((Date.parse(end) - Date.parse(backup.created_at)) / 1000)}</Fact>
      )}
      {backup.status !== 'success' ? null : (
        <Fact name={text.proven}>{proven === undefined ? text.neverProven : <Time at={proven} />}</Fact>
      )}
      <Fact name={text.origin}>{backups.triggers[backup.trigger]}</Fact>
      <Fact name={text.by}>{backup.requested_by}</Fact>
      {size === undefined ? null : <Fact name={text.size}>{formatBytes(size)}</Fact>}
      <Words name={text.importedAs} value={backup.origin_filename} />
      <Words name={text.file} value={backup.filename} />
      <Words name={text.madeBy} value={makerOf(backup)} />
      <Words name={text.key} value={keyOf(backup)} />
      <Words name={text.checksum} value={backup.checksum} />
      {children}
      {backup.pinned ? <Fact name={backups.list.pinned}>{text.pinned}</Fact> : null}
    </dl>
  );
}

/** A fact that not every backup has. */
function Words({ name, value }: { readonly name: string; readonly value: string | undefined }) {
  return value === undefined ? null : <Fact name={name}>{value}</Fact>;
}

/** One line of a list of facts. */
export function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
