import type { BackupReader } from '../../container/read/backup-reader';
import { filterTool } from '../../process/run-tool';
import { archivePart } from '../archive/archive-part';
import type { ArchiveEntry } from '../archive/archive-toc';
import { BEGINNINGS } from '../archive/load-passes';
import { isAmong, type RelationName } from '../server/relation-name';
import type { PostgresTools } from '../server/tools';
import { archivesOfRows } from './archived-rows';

const VALUE = 'SEQUENCE SET';

/**
 * Values of sequences of a backup whose rows are in archives, as text for `psql`.
 *
 * @throws ToolError, ContainerError, or the signal's reason
 */
export async function* archivedSequences(
  reader: BackupReader,
  sequences: readonly RelationName[],
  tools: PostgresTools,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  if (sequences.length === 0) return;
  const isSequence = isAmong(sequences);
  const isWanted = (entry: ArchiveEntry): boolean =>
    BEGINNINGS.has(entry.type) || (entry.type === VALUE && isSequence(entry));
  for (const stream of archivesOfRows(reader)) {
    const part = await archivePart(() => reader.readStream(stream, { signal }), isWanted);
    if (!part.types.has(VALUE)) continue;
    const command = { command: tools.pgRestore, args: ['--file=-', '--section=data'], signal };
    yield* filterTool(command, part.read(reader.readStream(stream, { signal })));
  }
}
