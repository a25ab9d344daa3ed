import type { Cluster } from '../../src/embedded/cluster';
import { SHARED_CLUSTER, type SharedCluster, throwawayCluster } from './cluster';
import { sharedCluster } from './shared-cluster';

/** Starts the server that all tests share. */
export default async function setUp(): Promise<void> {
  const cluster: Cluster = await throwawayCluster();
  sharedCluster.running = cluster;
  const shared: SharedCluster = { adminUrl: cluster.adminUrl, binDirectory: cluster.binDirectory };
  process.env[SHARED_CLUSTER] = JSON.stringify(shared);
}
