import { emptyCatalogue, fillCatalogue, latencyUnderLoad, newestHundred } from './list-latency';
import type { Product } from './product';
import type { Facts } from './report';
import { median } from './statistics';

const IDLE_MS = 10_000;

/** How the list answers while a backup runs, and with many backups in the catalogue. */
export async function measureLists(product: Product, rounds: number): Promise<Facts> {
  const facts: Facts = {};
  await fillCatalogue(product, 10_000);
  let isOver = false;
  setTimeout(() => (isOver = true), IDLE_MS);
  const idle = await latencyUnderLoad(product, () => isOver);
  const underLoad: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    isOver = false;
    const backingUp = product.backUp().finally(() => (isOver = true));
    underLoad.push(await latencyUnderLoad(product, () => isOver));
    await product.remove((await backingUp).id);
  }
  facts['list: p99 idle, ms'] = idle;
  facts['list: p99 during a backup, ms'] = median(underLoad);
  facts['list: p99 ratio'] = median(underLoad) / idle;
  await fillCatalogue(product, 1_000);
  facts['list: newest 100 of 1,000, ms'] = await newestHundred(product);
  await fillCatalogue(product, 100_000);
  facts['list: newest 100 of 100,000, ms'] = await newestHundred(product);
  facts['list: ratio of the newest 100'] =
    facts['list: newest 100 of 100,000, ms'] / facts['list: newest 100 of 1,000, ms'];
  await emptyCatalogue(product);
  return facts;
}
