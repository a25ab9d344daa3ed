import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { hammer } from './raw-client';

/** Addresses of this machine, spread over many networks. */
export const addressesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `127.${1 + (i % 200)}.${Math.floor(i / 200)}.${1 + (i % 250)}`);

/**
 * Asks without a token from many addresses, for something else each time.
 *
 * @param perSecond requests at most; as many as there can be unless given
 * @returns how often each status came
 */
export async function floodFrom(
  url: string,
  addresses: readonly string[],
  each: number,
  perSecond = Number.POSITIVE_INFINITY,
): Promise<Map<number, number>> {
  const seen = new Map<number, number>();
  const left = [...addresses];
  const begunMs = performance.now();
  let id = 0;
  const next = (): string => `GET /api/backups/${(id += 1)} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const work = async (): Promise<void> => {
    for (let from = left.pop(); from !== undefined; from = left.pop()) {
      const dueMs = begunMs + ((addresses.length - left.length - 1) * each * 1_000) / perSecond;
      await setTimeout(Math.max(0, dueMs - performance.now()));
      await hammer(url, Array.from({ length: each }, next), from, (status) =>
        seen.set(status, (seen.get(status) ?? 0) + 1),
      );
    }
  };
  await Promise.all(Array.from({ length: 20 }, work));
  return seen;
}

/** The same from a process of its own, so that its work is not taken for the service's. */
export async function floodFromElsewhere(
  url: string,
  flood: { addresses: number; each: number; perSecond: number },
): Promise<Map<number, number>> {
  const program = [
    ['--require', join(__dirname, 'register-typescript.js'), join(__dirname, 'flood-program.ts')],
    [url, flood.addresses, flood.each, flood.perSecond].map(String),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, program.flat());
  return new Map(z.array(z.tuple([z.number(), z.number()])).parse(JSON.parse(stdout)));
}
