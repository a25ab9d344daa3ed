import { chmod, copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCluster } from '../src/embedded/cluster';
import { withClient } from '../test/support/cluster';
import { makeDatabase, type Shape } from './database';
import { emptyCatalogue, fillCatalogue, latencyUnderLoad, newestHundred } from './list-latency';
import { Peers } from './peers';
import { Product } from './product';
import { asPicture, asTable, ratio, TARGETS, type Times } from './report';
import { runBareServer } from './run-built-service';
import { shell, timed } from './shell';

const DATABASE = 'bench';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: '1.9' },
    rounds: { type: 'string', default: '5' },
    shape: { type: 'string', default: 'mixed' },
    only: { type: 'string', default: 'backup,verify,restore,transfer,list' },
    json: { type: 'string' },
    picture: { type: 'string' },
    /** Where databases and files are made; a disk, not memory. */
    directory: { type: 'string', default: tmpdir() },
  },
});

const sizeGb = Number(options.size);
const rounds = Number(options.rounds);
const parts = new Set(options.only.split(','));

async function main(): Promise<void> {
  await shell(`bash "${join(__dirname, 'setup.sh')}"`);
  const directory = await mkdtemp(join(options.directory, 'berkut-bench-'));
  // The server may run as another user, who has to get to his directory in it.
  await chmod(directory, 0o711);
  const cluster = await startCluster({
    directory: join(directory, 'cluster'),
    isThrowaway: true,
    settings: {
      shared_buffers: '1GB',
      max_wal_size: '8GB',
      checkpoint_timeout: '30min',
      maintenance_work_mem: '256MB',
      max_locks_per_transaction: '1024',
    },
  });
  try {
    console.log(`making the database: ${options.shape}, ${sizeGb} GB`);
    await makeDatabase(cluster, DATABASE, options.shape as Shape, sizeGb);
    const peers = new Peers(cluster, DATABASE, directory);
    await peers.prepare();
    const product = await Product.start(cluster, DATABASE, directory);
    try {
      await measure(product, peers, directory, cluster.adminUrl);
    } finally {
      await product.stop();
    }
  } finally {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(product: Product, peers: Peers, directory: string, adminUrl: string): Promise<void> {
  const times: Times = {};
  const usage: Record<string, { cpuSeconds: number; peakMb: number }[]> = {};
  const facts: Record<string, number> = {};
  const note = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    (times[name] ??= []).push(await timed(work));
  };
  const measured = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    await product.resetUsage();
    await note(name, work);
    const { cpuSeconds, peakMemoryBytes } = await product.usage();
    (usage[name] ??= []).push({ cpuSeconds, peakMb: peakMemoryBytes / 1e6 });
  };

  const { rows } = await withClient(adminUrl, (db) =>
    db.query<{ size: string }>('SELECT pg_database_size($1) AS size', [DATABASE]),
  );
  facts['database_gb'] = Number(rows[0]?.size) / 1e9;
  let kept = await product.backUp();
  const steps: { name: string; parts: { name: string; seconds: number }[] }[] = [];
  await peers.pipeline();
  await peers.plainArchive();

  for (let round = 1; round <= rounds; round += 1) {
    console.log(`round ${round} of ${rounds}`);
    if (parts.has('backup')) {
      await note('backup: pg_dump alone', () => peers.dumpAlone());
      const previous = kept.id;
      await measured('backup', async () => (kept = await product.backUp()));
      await product.remove(previous);
      await note('backup: pipeline', () => peers.pipeline());
      await note('backup: version 1', () => peers.original());
      await note('backup: pg_dump -Fd -j2', () => peers.directoryFormat());
    }
    if (parts.has('verify')) {
      let seconds = 0;
      await measured('verify: whole dry run', async () => {
        const run = await product.verify(kept.id);
        seconds = secondsOf(run, 'decrypt_bscc');
      });
      // Of the dry run the part that does what the pipeline does; the rest reads the archives with pg_restore.
      (times['verify'] ??= []).push(seconds);
      await note('verify: pipeline', () => peers.verify());
    }
    if (parts.has('restore')) {
      await measured('restore', async () => {
        const run = await product.restore(kept.id);
        if (round === rounds) {
          steps.push({
            name: 'restore',
            parts: (run.steps ?? [])
              .map(({ name }) => ({ name, seconds: secondsOf(run, name) }))
              .filter(({ seconds }) => seconds > 0.05),
          });
        }
      });
      await product.settled();
      await note('restore: pipeline', () => peers.restorePipeline());
      await note('restore: pg_restore -j2', () => peers.restoreParallel());
      await peers.drop();
    }
    if (parts.has('transfer')) await transfer(product, peers, directory, kept, note, measured);
  }
  if (parts.has('list')) await lists(product, facts);

  console.log(
    `\n${availableParallelism()} cores, database ${facts['database_gb'].toFixed(2)} GB, container ${((kept.size_bytes ?? 0) / 1e9).toFixed(2)} GB\n`,
  );
  console.log(asTable(times));
  for (const [name, all] of Object.entries(usage)) {
    const peak = Math.max(...all.map(({ peakMb }) => peakMb));
    const cpu = all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / all.length;
    console.log(
      `\n${name}: ${cpu.toFixed(2)} s of CPU of our process, ${(cpu / facts['database_gb']).toFixed(2)} s a GB; ${peak.toFixed(0)} MB at most`,
    );
  }
  for (const [name, value] of Object.entries(facts)) console.log(`${name}: ${value.toFixed(2)}`);
  if (options.picture !== undefined) {
    const total = (name: string): number => times[name]?.at(-1) ?? 0;
    const alone = total('backup: pg_dump alone');
    steps.unshift({
      name: 'backup',
      parts: [
        { name: 'pg_dump alone, one stream', seconds: Math.min(alone, total('backup')) },
        { name: 'everything else', seconds: Math.max(0, total('backup') - alone) },
      ],
    });
    await writeFile(
      options.picture,
      asPicture(`Where the time goes (${facts['database_gb'].toFixed(1)} GB, ${availableParallelism()} cores)`, steps),
    );
  }
  if (options.json !== undefined) {
    const ratios = Object.fromEntries(TARGETS.map(({ what, ours, theirs }) => [what, ratio(times, ours, theirs)]));
    await writeFile(options.json, `${JSON.stringify({ sizeGb, rounds, facts, times, ratios, usage }, null, 2)}\n`);
  }
}

type Note = (name: string, work: () => Promise<unknown>) => Promise<void>;

async function transfer(
  product: Product,
  peers: Peers,
  directory: string,
  kept: { id: number; filename?: string },
  note: Note,
  measured: Note,
): Promise<void> {
  const stored = join(product.storagePath, kept.filename ?? '');
  const bare = await runBareServer(stored, join(directory, 'uploaded'));
  try {
    await measured('download', () => peers.download(`${product.url}/api/backups/${kept.id}/download`, product.token));
    await note('download: bare', () => peers.download(bare.url));
    const copy = join(directory, 'copy.bscc');
    // The backup itself must not be there any more, or the import would find that it has the file already.
    const other = await product.backUp();
    await copyFile(join(product.storagePath, other.filename ?? ''), copy);
    await product.remove(other.id);
    let answer = '';
    await measured(
      'import',
      async () => (answer = await peers.post(`${product.url}/api/backups/import`, product.token, copy)),
    );
    await product.remove((JSON.parse(answer) as { item: { id: number } }).item.id);
    await note('import: bare', () => peers.put(`${bare.url}/`, copy));
    console.log(`uploaded ${((await stat(copy)).size / 1e6).toFixed(0)} MB`);
  } finally {
    await bare.stop();
  }
}

async function lists(product: Product, facts: Record<string, number>): Promise<void> {
  await fillCatalogue(product, 10_000);
  let isOver = false;
  setTimeout(() => (isOver = true), 10_000);
  facts['list_p99_idle_ms'] = await latencyUnderLoad(product, () => isOver);
  isOver = false;
  const backingUp = product.backUp().finally(() => (isOver = true));
  facts['list_p99_backup_ms'] = await latencyUnderLoad(product, () => isOver);
  await backingUp;
  facts['list_p99_ratio'] = facts['list_p99_backup_ms'] / facts['list_p99_idle_ms'];
  await fillCatalogue(product, 1_000);
  facts['list_100_of_1000_ms'] = await newestHundred(product);
  await fillCatalogue(product, 100_000);
  facts['list_100_of_100000_ms'] = await newestHundred(product);
  facts['list_ratio'] = facts['list_100_of_100000_ms'] / facts['list_100_of_1000_ms'];
  await emptyCatalogue(product);
}

function secondsOf(
  run: { steps?: { name: string; started_at?: string; finished_at?: string }[] },
  name: string,
): number {
  const step = run.steps?.find((candidate) => candidate.name === name);
  if (step?.started_at === undefined || step.finished_at === undefined) return 0;
  return (Date.parse(step.finished_at) - Date.parse(step.started_at)) / 1000;
}

void main();
