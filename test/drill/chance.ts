/** What is chosen by chance, the same for the same seed (mulberry32). */
export class Chance {
  constructor(private state: number) {}

  /** A number from 0 on, below that one. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * limit;
  }

  oneOf<T>(all: readonly [T, ...T[]]): T {
    return all[Math.floor(this.below(all.length))] ?? all[0];
  }
}
