import { startCluster } from '../../src/embedded/cluster';

// Starts a server in the directory given, prints its address and stays, so that a test can kill it.
async function main(): Promise<void> {
  const [, , directory = ''] = process.argv;
  const cluster = await startCluster({ directory });
  console.log(cluster.adminUrl);
  setInterval(() => undefined, 60_000);
}

void main();
