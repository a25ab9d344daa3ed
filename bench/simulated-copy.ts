import type { RowTable } from '../src/engine/postgres/dump/row-tables';
import { PartQueue } from '../src/engine/postgres/rows/part-queue';

/** Seconds of a processor that a byte on disk costs, as measured in a backup on this machine. */
export interface CostOfByte {
  /** In the session of the server that copies it out. */
  readonly server: number;
  /** In our main thread, which is one for all connections. */
  readonly main: number;
  /** In our thread pool. */
  readonly pool: number;
}

/** How copying would go on a machine with more cores. */
export interface SimulatedCopy {
  readonly seconds: number;
  /** Of that time, the share in which the main thread is busy. Near 1 it is what limits. */
  readonly mainShare: number;
  /** Of that time, the share in which fewer parts are left than there are connections: then the largest part limits. */
  readonly tailShare: number;
}

/**
 * Plays the queue of parts: each connection takes the next one when it is done, and all go equally fast. A session of the server
 * uses one core at most, so does our main thread, and all together no more than there are. Disks and locks are not in it.
 *
 * @param cores and as many connections
 */
export function simulateCopy(tables: readonly RowTable[], cores: number, cost: CostOfByte): SimulatedCopy {
  const queue = new PartQueue(tables, { connections: cores, canSplit: true });
  let left: number[] = [];
  let [seconds, mainSeconds, tailSeconds] = [0, 0, 0];
  for (;;) {
    while (left.length < cores) {
      const part = queue.take();
      if (part === undefined) break;
      if (part.sizeBytes > 0) left.push(part.sizeBytes);
    }
    if (left.length === 0) break;
    const bytesASecond = paceOf(left.length, cores, cost);
    const bytes = Math.min(...left);
    const elapsed = bytes / bytesASecond;
    seconds += elapsed;
    mainSeconds += bytes * left.length * cost.main;
    if (left.length < cores) tailSeconds += elapsed;
    left = left.map((size) => size - bytes).filter((size) => size > 0);
  }
  if (seconds === 0) return { seconds, mainShare: 0, tailShare: 0 };
  return { seconds, mainShare: mainSeconds / seconds, tailShare: tailSeconds / seconds };
}

/** Of each of some connections at once, bytes a second. */
function paceOf(connections: number, cores: number, { server, main, pool }: CostOfByte): number {
  return Math.min(1 / server, 1 / (connections * main), cores / (connections * (server + main + pool)));
}
