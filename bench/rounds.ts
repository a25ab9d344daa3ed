import { copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Peers } from './peers';
import type { Bar } from './picture';
import { type Product, type Run, secondsOf, stepSeconds, type Usage } from './product';
import type { Times } from './report';
import type { ServerWrites } from './server-writes';
import { runBareServer } from './run-built-service';
import { timed } from './shell';

/** What the rounds have shown. */
export interface Figures {
  readonly times: Times;
  /** What the service used for each kind of work in each round. */
  readonly usage: Record<string, Usage[]>;
  /** The last restore by its steps. */
  readonly bars: Bar[];
}

/** Who takes turns, and where. */
export interface Contest {
  readonly product: Product;
  readonly peers: Peers;
  readonly directory: string;
  readonly writes: ServerWrites;
}

/** Lets service and peers take turns; in every other round the other way round, so that no one is always the first. */
export async function playRounds(
  { product, peers, directory, writes }: Contest,
  rounds: number,
  parts: ReadonlySet<string>,
): Promise<Figures> {
  const times: Times = {};
  const usage: Record<string, Usage[]> = {};
  const bars: Bar[] = [];
  const add = (name: string, seconds: number): void => void (times[name] ??= []).push(seconds);
  // A backup writes nothing on the server.
  const counting = (name: string, work: () => Promise<number>): Promise<number> =>
    name.startsWith('restore') ? writes.during(name, work) : work();
  const theirs = (name: string, work: () => Promise<unknown>) => async () => {
    await product.settle();
    add(name, await counting(name, () => timed(work)));
  };
  const ours = (name: string, work: () => Promise<number>) => async () => {
    await product.settle();
    await product.resetUsage();
    const seconds = await counting(name, async () => {
      const taken = await work();
      (usage[name] ??= []).push(await product.usage());
      return taken;
    });
    add(name, seconds);
  };
  const inTurn = async (round: number, contenders: readonly (() => Promise<void>)[]): Promise<void> => {
    for (const contender of round % 2 === 0 ? contenders.toReversed() : contenders) await contender();
  };

  let kept: Run = await product.backUp();
  await peers.pipeline();
  await peers.plainArchive();
  for (let round = 1; round <= rounds; round += 1) {
    console.log(`round ${round} of ${rounds}`);
    if (parts.has('backup')) {
      const previous = kept.id;
      await inTurn(round, [
        ours('backup', async () => secondsOf((kept = await product.backUp()))),
        theirs('backup: pipeline', () => peers.pipeline()),
        theirs('backup: version 1', () => peers.original()),
        theirs('backup: pg_dump -Fd -j2', () => peers.directoryFormat()),
        theirs('backup: pg_dump alone', () => peers.dumpAlone()),
      ]);
      await product.remove(previous);
    }
    if (parts.has('verify')) {
      await inTurn(round, [
        ours('verify: whole dry run', async () => {
          const run = await product.verify(kept.id);
          // Of the dry run the part that does what the pipeline does; the rest reads the archives with pg_restore.
          add('verify', stepSeconds(run, 'decrypt_bscc'));
          return secondsOf(run);
        }),
        theirs('verify: pipeline', () => peers.verify()),
      ]);
    }
    if (parts.has('restore')) {
      await inTurn(round, [
        ours('restore', async () => {
          const run = await product.restore(kept.id);
          const names = (run.steps ?? []).map(({ name }) => name);
          const steps = names.map((name) => ({ name, seconds: stepSeconds(run, name) }));
          bars.splice(0, 1, { name: 'restore, steps', parts: steps.filter(({ seconds }) => seconds > 0.05) });
          return secondsOf(run);
        }),
        theirs('restore: pipeline', () => peers.restorePipeline()),
        theirs('restore: pg_restore -j2', () => peers.restoreParallel()),
      ]);
      await product.settled();
      await peers.drop();
    }
    if (parts.has('transfer')) {
      const bare = await runBareServer(join(product.storagePath, kept.filename ?? ''), join(directory, 'uploaded'));
      try {
        await inTurn(round, [
          ours('download', () =>
            timed(() => peers.download(`${product.url}/api/backups/${kept.id}/download`, product.token)),
          ),
          theirs('download: bare', () => peers.download(bare.url)),
        ]);
        const copy = join(directory, 'copy.bscc');
        // The backup itself must not be there any more, or the import would find that it has the file already.
        const other = await product.backUp();
        await copyFile(join(product.storagePath, other.filename ?? ''), copy);
        await product.remove(other.id);
        let answer = '';
        await inTurn(round, [
          ours('import', () =>
            timed(async () => (answer = await peers.post(`${product.url}/api/backups/import`, product.token, copy))),
          ),
          theirs('import: bare', () => peers.put(`${bare.url}/`, copy)),
        ]);
        await product.remove((JSON.parse(answer) as { item: { id: number } }).item.id);
        console.log(`uploaded ${((await stat(copy)).size / 1e6).toFixed(0)} MB`);
      } finally {
        await bare.stop();
      }
    }
  }
  return { times, usage, bars };
}
