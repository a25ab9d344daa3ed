import { Agent } from 'node:http';
import type { Product } from './product';
import type { Facts } from './report';

const REQUESTS = 300;
/** Until the code is compiled and the pools are filled. */
const WARM_UP = 100;

/** What a request costs the processors of the service, in milliseconds: that is what a page that polls takes from a restore. */
export async function measureRequests(product: Product, backupId: number): Promise<Facts> {
  const run = await product.rehearse(backupId);
  const facts: Facts = {};
  const paths = { 'status of a restore': `/backups/restores/${run.id}`, list: '/backups', 'who am I': '/auth/me' };
  for (const [name, path] of Object.entries(paths)) facts[`request: ${name}, ms`] = await priceOf(product, path);
  return facts;
}

async function priceOf(product: Product, path: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (let i = 0; i < WARM_UP; i += 1) await product.call('GET', path, undefined, agent);
    await product.resetUsage();
    for (let i = 0; i < REQUESTS; i += 1) await product.call('GET', path, undefined, agent);
    const { main, pool } = await product.usage();
    return ((main + pool) / REQUESTS) * 1000;
  } finally {
    agent.destroy();
  }
}
