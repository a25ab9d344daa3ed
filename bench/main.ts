import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Cluster, startCluster } from '../src/embedded/cluster';
import { measureComparison } from './comparison';
import { FULL_SIZE_GB, makeDatabase, type Shape } from './database';
import { measureLists } from './lists';
import { measureMaintenance } from './maintenance';
import { Peers } from './peers';
import { asPicture, type Bar } from './picture';
import { Product, type Usage } from './product';
import { measureDisk } from './disk';
import { ServerWrites } from './server-writes';
import { asTable, type Facts, verdicts } from './report';
import { measureRequests } from './request-price';
import { type Figures, playRounds } from './rounds';
import { shell } from './shell';
import { measureSizes, sizeOf } from './sizes';
import { mean, median } from './statistics';
import { measureStorages } from './storages';
import { measureStreams } from './streams';

const DATABASE = 'bench';

const { values: options } = parseArgs({
  options: {
    /** GB on disk of the database of the rounds. */
    size: { type: 'string', default: '1.9' },
    rounds: { type: 'string', default: '5' },
    shape: { type: 'string', default: 'mixed' },
    only: { type: 'string', default: 'backup,verify,restore,transfer,requests,list,storages,maintenance,comparison' },
    /** GB, separated by commas: memory and pace of databases of several sizes, after the rounds. */
    sizes: { type: 'string' },
    json: { type: 'string' },
    picture: { type: 'string' },
    /** Where databases and files are made; a disk, not memory. */
    directory: { type: 'string', default: tmpdir() },
  },
});

const rounds = Number(options.rounds);
const parts = new Set(options.only.split(','));

async function main(): Promise<void> {
  await shell(`bash "${join(__dirname, 'setup.sh')}" ${parts.has('storages') ? 'storages' : ''}`);
  const directory = await mkdtemp(join(options.directory, 'berkut-bench-'));
  // The server may run as another user, which has to reach its own directory in it.
  await chmod(directory, 0o711);
  const cluster = await startCluster({
    directory: join(directory, 'cluster'),
    isThrowaway: true,
    settings: {
      shared_buffers: '1GB',
      max_wal_size: '8GB',
      checkpoint_timeout: '30min',
      maintenance_work_mem: '256MB',
      // The value of an untuned installation; our private server has more.
      max_locks_per_transaction: '64',
    },
  });
  try {
    const facts: Facts = { cores: availableParallelism(), ...(await measureDisk(directory)) };
    const figures = await compare(cluster, directory, facts);
    if (parts.has('storages')) {
      const storages = await measureStorages(cluster, DATABASE, directory, rounds);
      Object.assign(figures.times, storages.times);
      Object.assign(facts, storages.facts);
    }
    if (parts.has('maintenance')) {
      const measured = await measureMaintenance(cluster, DATABASE, directory, rounds);
      Object.assign(figures.times, measured.times);
      Object.assign(facts, measured.facts);
    }
    if (parts.has('comparison')) {
      const measured = await measureComparison(cluster, Number(options.size) / FULL_SIZE_GB, rounds);
      Object.assign(figures.times, measured.times);
      Object.assign(facts, measured.facts);
    }
    if (options.sizes !== undefined) {
      Object.assign(facts, await measureSizes(cluster, options.sizes.split(',').map(Number), directory));
    }
    await report(figures, facts);
  } finally {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function compare(cluster: Cluster, directory: string, facts: Facts): Promise<Figures> {
  console.log(`making the database: ${options.shape}, ${options.size} GB`);
  await makeDatabase(cluster, DATABASE, options.shape as Shape, Number(options.size));
  facts['database, GB'] = (await sizeOf(cluster, DATABASE)) / 1e9;
  const peers = new Peers(cluster, DATABASE, directory);
  await peers.prepare();
  const product = await Product.start(cluster, DATABASE, directory);
  try {
    const writes = new ServerWrites(cluster);
    const figures = await playRounds({ product, peers, directory, writes }, rounds, parts);
    Object.assign(facts, writes.facts());
    const backup = await product.backUp();
    facts['container, GB'] = (backup.size_bytes ?? NaN) / 1e9;
    Object.assign(facts, await measureStreams(cluster.url(DATABASE), backup, figures.usage['backup'] ?? []));
    if (parts.has('requests')) Object.assign(facts, await measureRequests(product, backup.id));
    if (parts.has('list')) Object.assign(facts, await measureLists(product, rounds));
    for (const [name, all] of Object.entries(figures.usage)) {
      const own = mean(all.map(({ main, pool }) => main + pool));
      facts[`${name}: processor seconds of our process`] = own;
      facts[`${name}: the same a GB of database`] = own / facts['database, GB'];
      facts[`${name}: peak memory, MB`] = Math.max(...all.map(({ peakMemoryBytes }) => peakMemoryBytes)) / 1e6;
    }
    return figures;
  } finally {
    await product.stop();
  }
}

async function report({ times, usage, bars }: Figures, facts: Facts): Promise<void> {
  console.log(`\n${asTable(times, facts)}`);
  const title = `Where the time goes (${facts['database, GB']?.toFixed(1)} GB, ${availableParallelism()} cores)`;
  if (options.picture !== undefined) {
    await writeFile(options.picture, asPicture(title, [...Object.entries(usage).map(processorBar), ...bars]));
  }
  if (options.json !== undefined) {
    const medians = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
    const results = { options, facts, medians, times, usage, targets: verdicts(times, facts) };
    await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  }
}

/** Who used the processors, on average. */
function processorBar([name, all]: [string, Usage[]]): Bar {
  const of = (part: (usage: Usage) => number): number => mean(all.map(part));
  return {
    name: `${name}, processors`,
    parts: [
      { name: 'sessions of the server', seconds: of(({ server }) => server) },
      { name: 'pg_dump, pg_restore', seconds: of(({ children }) => children) },
      { name: 'our main thread: hashing, moving', seconds: of(({ main }) => main) },
      { name: 'our thread pool: zstd, files', seconds: of(({ pool }) => pool) },
    ],
  };
}

void main();
