import { Injectable } from '@nestjs/common';

/** A record that was the newest one at some time. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/**
 * The places that hold copies of earlier heads of the log. A chain shows what is wrong inside it, but not that its end was
 * cut off or that all of it was rewritten. A copy of an earlier head shows both.
 */
@Injectable()
export class ChainAnchors {
  private readonly sources: (() => Promise<readonly ChainHead[]>)[] = [];

  /** @param heads asked each time the log is verified */
  add(heads: () => Promise<readonly ChainHead[]>): void {
    this.sources.push(heads);
  }

  /** The heads from all of these places, oldest first. */
  async heads(): Promise<ChainHead[]> {
    const all = await Promise.all(this.sources.map((heads) => heads()));
    return all.flat().sort((a, b) => a.seq - b.seq);
  }
}
