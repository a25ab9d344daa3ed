import { readlink, rename, symlink, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { S3Fault, S3Proxy } from '../support/s3-proxy';
import { Chance } from './chance';
import type { Replica } from '../support/replica';

/** Something that goes wrong, and is over when it resolves. */
type Trouble = (chance: Chance) => Promise<void>;

/** How a server of S3 or the way to it fails, and how many of a hundred requests. */
const S3_FAULTS: readonly [[S3Fault, number], ...[S3Fault, number][]] = [
  [{ kind: 'dead' }, 100],
  [{ kind: 'dead' }, 30],
  [{ kind: 'answer', status: 500, code: 'InternalError' }, 100],
  [{ kind: 'answer', status: 503, code: 'SlowDown' }, 50],
  [{ kind: 'answer', status: 403, code: 'AccessDenied' }, 100],
  [{ kind: 'lost answer' }, 50],
  [{ kind: 'torn', afterBytes: 100_000 }, 50],
  [{ kind: 'silence' }, 10],
];

/** Of requests to S3, for some seconds. */
export function failingServer(proxy: S3Proxy): Trouble {
  return async (chance) => {
    const [fault, percent] = chance.oneOf(S3_FAULTS);
    proxy.break(() => (chance.below(100) < percent ? fault : undefined));
    await delay(1_000 + chance.below(8_000));
    proxy.break(() => undefined);
  };
}

/**
 * A directory that is gone for some seconds, as when it is not mounted: a file is in its place. A service would make a directory that is
 * gone for a moment, so both changes are made in one step.
 *
 * @param link to the directory
 */
export function missingDirectory(link: string): Trouble {
  return async (chance) => {
    const directory = await readlink(link);
    await writeFile(`${link}.next`, '');
    await rename(`${link}.next`, link);
    await delay(1_000 + chance.below(6_000));
    await symlink(directory, `${link}.next`);
    await rename(`${link}.next`, link);
  };
}

/** One of the replicas is killed, and started again after a while. */
export function killedReplica(replicas: readonly [Replica, ...Replica[]]): Trouble {
  return async (chance) => {
    const replica = chance.oneOf(replicas);
    await replica.kill();
    await delay(chance.below(3_000));
    await replica.start();
  };
}

/** Each kind of trouble again and again, beside the others, with pauses between. */
export async function haveTroubles(kinds: readonly Trouble[], seed: number, untilMs: number): Promise<void> {
  const again = async (trouble: Trouble, i: number): Promise<void> => {
    const chance = new Chance(seed + i);
    for (;;) {
      await delay(chance.below(8_000));
      if (Date.now() >= untilMs) return;
      await trouble(chance);
    }
  };
  await Promise.all(kinds.map(again));
}
