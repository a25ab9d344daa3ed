import type { Borrowed } from '../../bytes/borrowed';
import { withLargeBuffers } from '../../process/large-buffers';
import { toolOutput } from '../../process/run-tool';
import type { DatabaseAddress } from '../../address/database-address';
import { type SessionSettings, toolEnvironment } from '../../address/write-address';
import type { DataStreamPlan } from './dump-plan';
import { LOCK_WAIT_MS } from './snapshot';
import type { NameCodes } from './name-codes';
import { tablePatterns } from './table-pattern';
import type { PostgresTools } from '../server/tools';

/** Where a `pg_dump` reads, and how it is stopped. */
export interface DumpSource {
  readonly address: DatabaseAddress;
  readonly tools: PostgresTools;
  /** Name of the exported snapshot. */
  readonly snapshotId: string;
  /** Of the sessions that dump. */
  readonly settings?: SessionSettings;
  /** Of names that have to be written otherwise than in UTF-8. */
  readonly nameCodes?: NameCodes;
  readonly signal: AbortSignal;
  /** A standby does not have the rows of unlogged tables. A program that asks for them fails. */
  readonly isStandby?: boolean;
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

/** Rows, sequence values and large objects of one data stream. */
export function dumpData(source: DumpSource, plan: DataStreamPlan): AsyncIterable<Borrowed> {
  return dump(source, [
    '--section=data',
    ...(source.isStandby === true ? ['--no-unlogged-table-data'] : []),
    // Only with a choice of tables does pg_dump leave large objects out by itself.
    plan.hasLargeObjects ? '--blobs' : '--no-blobs',
    ...tablePatterns(plan.include, source.nameCodes).map((pattern) => `--table=${pattern}`),
    ...tablePatterns(plan.excludeData, source.nameCodes).map((pattern) => `--exclude-table-data=${pattern}`),
  ]);
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
