import { Logger } from '@nestjs/common';
import { ContainerError } from '../../engine/container/format/container-error';
import { present } from '../../engine/optional/present';
import { causeOf } from '../../kernel/errors/cause';
import { sanitize } from '../../kernel/errors/sanitize';
import { whyOf } from '../../kernel/operations/run-line';
import type { RescanResult } from './rescan.entity';

/** Ids and names beyond these are counted in the audit log, not listed. */
const RECORDED = 100;
const logger = new Logger('StorageRescan');

/** A result to begin with. */
export function nothingFound(): RescanResult {
  return { adopted: [], missing: [], rekeyed: [], copies: [], unreadable: [] };
}

/** For the audit log: the first of each, and how many there are. */
export function summaryOf(result: RescanResult): Record<string, { count: number; first: unknown[] }> {
  // The log is for readers who are not shown what a system has said.
  const unreadable = result.unreadable.map(({ cause: _cause, ...file }) => file);
  return Object.fromEntries(
    Object.entries({ ...result, unreadable }).map(([name, found]: [string, unknown[]]) => [
      name,
      { count: found.length, first: found.slice(0, RECORDED) },
    ]),
  );
}

/** Says in the log and in the result why a file is not taken. */
export function noteUnreadable(result: RescanResult, filename: string, error: unknown, storage?: string): void {
  const { code } = sanitize(error);
  logger.warn(
    { filename, ...present({ storage }), error_code: code, ...whyOf(code, error) },
    'a file in the storage is not what it should be',
  );
  const cause = causeOf(error);
  result.unreadable.push({
    filename,
    ...present({ storage }),
    error_code: code,
    // Its sentences name a place in the file, and keys by their ids.
    ...present({ reason: error instanceof ContainerError ? error.message : undefined, cause }),
  });
}
