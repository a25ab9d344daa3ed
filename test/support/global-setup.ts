import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../../src/embedded/cluster';
import { build } from './built';
import { SHARED_CLUSTER, type SharedCluster, throwawayCluster } from './cluster';
import { COMPILED } from './compiled';
import { sharedCluster } from './shared-cluster';

/** Starts the server that all tests share. */
export default async function setUp(): Promise<void> {
  // Tests run programs as they are built, also when one file alone is run.
  await build();
  // Node keeps here what it has compiled: later programs start in two thirds of the time.
  process.env[COMPILED] = await mkdtemp(join(tmpdir(), 'berkut-compiled-'));
  // Dozens of databases that live for seconds need no vacuum; the tests that do have servers of their own.
  const cluster: Cluster = await throwawayCluster({ autovacuum: 'off' }, process.env['TEST_POSTGRES_BIN']);
  sharedCluster.running = cluster;
  const shared: SharedCluster = { adminUrl: cluster.adminUrl, binDirectory: cluster.binDirectory };
  process.env[SHARED_CLUSTER] = JSON.stringify(shared);
}
