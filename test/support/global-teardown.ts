import { sharedCluster } from './shared-cluster';

/** Ends the server that global-setup.ts started. */
export default async function tearDown(): Promise<void> {
  await sharedCluster.running?.stop();
}
