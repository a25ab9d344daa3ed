import { Injectable } from '@nestjs/common';

/** A record that was the newest one at some time. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/**
 * Whoever remembers what the log was. A chain shows what is wrong inside it, but not that its end was cut off, or that all
 * of it was written anew; those who have seen it before do.
 */
@Injectable()
export class ChainWitnesses {
  private readonly witnesses: (() => Promise<readonly ChainHead[]>)[] = [];

  /** @param heads asked each time the log is verified */
  add(heads: () => Promise<readonly ChainHead[]>): void {
    this.witnesses.push(heads);
  }

  /** All that anybody remembers, oldest first. */
  async heads(): Promise<ChainHead[]> {
    const all = await Promise.all(this.witnesses.map((heads) => heads()));
    return all.flat().sort((a, b) => a.seq - b.seq);
  }
}
