import { isRecord, numberIn } from '../../api/narrow';
import type { Backup } from '../../api/types';
import { formatBytes } from '../../formats/bytes';
import { texts } from '../../texts/texts';
import { Fact } from './backup-facts';

interface Stream {
  readonly name: string;
  readonly bytes: number;
}

/** The streams that a backup's file consists of; none while it is made, or where the file does not say. */
function streamsOf({ meta_json: meta }: Backup): readonly Stream[] {
  const { checksums } = meta;
  if (!isRecord(checksums)) return [];
  return Object.entries(checksums).flatMap(([name, stream]) => {
    const bytes = numberIn(stream, 'size');
    return bytes === undefined ? [] : [{ name, bytes }];
  });
}

/** How many streams the file has, and on demand each with its size. */
export function BackupStreams({ backup }: { readonly backup: Backup }) {
  const { details } = texts().backups;
  const streams = streamsOf(backup);
  if (streams.length === 0) return null;
  const bytes = streams.reduce((sum, stream) => sum + stream.bytes, 0);
  return (
    <Fact name={details.streams}>
      <details>
        <summary>{details.streamsOf(streams.length, formatBytes(bytes))}</summary>
        <ul>
          {streams.map((stream) => (
            <li key={stream.name}>
              <span class="name">{stream.name}</span>: {formatBytes(stream.bytes)}
            </li>
          ))}
        </ul>
      </details>
    </Fact>
  );
}
