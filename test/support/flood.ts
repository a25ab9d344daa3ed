import { hammer } from './raw-client';

/** Addresses of this machine, spread over many networks. */
export const addressesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `127.${1 + (i % 200)}.${Math.floor(i / 200)}.${1 + (i % 250)}`);

/**
 * Asks without a token from many addresses, for something else each time.
 *
 * @returns how often each status came
 */
export async function floodFrom(url: string, addresses: readonly string[], each: number): Promise<Map<number, number>> {
  const seen = new Map<number, number>();
  const left = [...addresses];
  let id = 0;
  const next = (): string => `GET /api/backups/${(id += 1)} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const work = async (): Promise<void> => {
    for (let from = left.pop(); from !== undefined; from = left.pop()) {
      await hammer(url, Array.from({ length: each }, next), from, (status) =>
        seen.set(status, (seen.get(status) ?? 0) + 1),
      );
    }
  };
  await Promise.all(Array.from({ length: 20 }, work));
  return seen;
}
