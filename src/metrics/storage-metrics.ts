import { Gauge, type Registry } from 'prom-client';
import type { CopyRows } from '../backups/catalogue/copy-rows';
import type { Clock } from '../kernel/clock/clock';
import type { FurtherStorages } from '../kernel/storage/further-storages';
import type { StorageStates } from '../kernel/storage/storage-states';

/** Where the numbers come from. */
interface Sources {
  readonly copies: CopyRows;
  readonly further: FurtherStorages;
  readonly states: StorageStates;
  readonly clock: Clock;
}

/** What is told of each storage by its name. */
export class StorageMetrics {
  private readonly lackingCopies = this.gauge(
    'berkut_copies_lacking',
    'Backups of which a further storage has no good copy, those included that are on their way.',
  );
  private readonly reachable = this.gauge('berkut_storages_reachable', 'Whether a storage can be written.');
  private readonly freeBytes = this.gauge(
    'berkut_storages_free_bytes',
    'Bytes that a storage can still take; a storage without a limit has none.',
  );

  constructor(
    private readonly registry: Registry,
    private readonly sources: Sources,
  ) {}

  /** Reads all that is shown. */
  async read(): Promise<void> {
    const { copies, further, states, clock } = this.sources;
    for (const gauge of [this.lackingCopies, this.reachable, this.freeBytes]) gauge.reset();
    for (const storage of further.all) {
      const { count } = await copies.lacking(storage, clock.now());
      this.lackingCopies.set({ storage: storage.name }, count);
    }
    for (const { name: storage, tried } of await states.all()) {
      this.reachable.set({ storage }, tried === undefined ? 0 : 1);
      if (tried?.freeBytes !== undefined) this.freeBytes.set({ storage }, tried.freeBytes);
    }
  }

  private gauge(name: string, help: string): Gauge<'storage'> {
    return new Gauge({ name, help, labelNames: ['storage'], registers: [this.registry] });
  }
}
