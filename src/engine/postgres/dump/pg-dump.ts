import type { Borrowed } from '../../bytes/borrowed';
import { withLargeBuffers } from '../../process/large-buffers';
import { toolOutput } from '../../process/run-tool';
import type { DatabaseAddress } from '../../address/database-address';
import { type SessionSettings, toolEnvironment } from '../../address/write-address';
import { LOCK_WAIT_MS } from './snapshot';
import type { PostgresTools } from '../server/tools';

/** Where a `pg_dump` reads, and how it is stopped. */
export interface DumpSource {
  readonly address: DatabaseAddress;
  readonly tools: PostgresTools;
  /** Name of the exported snapshot. */
  readonly snapshotId: string;
  /** Of the sessions that dump. */
  readonly settings?: SessionSettings;
  readonly signal: AbortSignal;
  /** Told of what `pg_dump` says on stderr, piece by piece. */
  readonly onStderr?: (text: string) => void;
}

/**
 * Everything but rows: what must exist before the data, and what is made after it (docs/format.md, "Streams"). A scoped
 * backup has the whole of it too.
 */
export function dumpSchema(source: DumpSource): AsyncIterable<Borrowed> {
  return dump(source, ['--section=pre-data', '--section=post-data']);
}

/** Large objects, without rows and values of sequences. */
export function dumpLargeObjects(source: DumpSource): AsyncIterable<Borrowed> {
  return dump(source, ['--section=data', '--exclude-table-data=*.*']);
}

/** The custom format uncompressed: it holds every object kind, and compressing and sealing are our work. */
async function* dump(
  { address, tools, snapshotId, settings, signal, onStderr }: DumpSource,
  what: readonly string[],
): AsyncGenerator<Borrowed, void, undefined> {
  const command = {
    command: tools.pgDump,
    args: [
      '--format=custom',
      '--compress=0',
      '--no-password',
      `--snapshot=${snapshotId}`,
      `--lock-wait-timeout=${LOCK_WAIT_MS}`,
      ...what,
    ],
    env: toolEnvironment(address, settings),
    signal,
    onStderr,
  };
  yield* toolOutput(await withLargeBuffers(command, 'stdout'));
}
