import { rm } from 'node:fs/promises';
import { COMPILED } from './compiled';
import { sharedCluster } from './shared-cluster';

/** Ends the server that global-setup.ts started, and removes what it made. */
export default async function tearDown(): Promise<void> {
  await sharedCluster.running?.stop();
  const compiled = process.env[COMPILED];
  if (compiled !== undefined) await rm(compiled, { recursive: true, force: true });
}
