const MIB = 1024 * 1024;

/** S3 takes no less than 5 MiB for a part that is not the last. */
const NORMAL_BYTES = 8 * MIB;
const LARGEST_BYTES = 5 * 1024 * MIB;
/** S3 takes so many. */
export const MAX_PARTS = 10_000;
/** An expectation is exceeded by some; so many parts are planned for, the rest is left over. */
const PLANNED_PARTS = 8_000;
/** What is larger than expected gets parts that double after so many, from the planned number on: four times the expectation fit. */
const PARTS_PER_DOUBLING = 400;
/** Parts that are sent and the one that is filled, together. */
const MEMORY_BYTES = 40 * MIB;

/** In how large parts a file is sent, and how many at once. */
export class PartSizes {
  private readonly baseBytes: number;

  /** @param expectedBytes of the whole file; 0 when it is not known */
  constructor(expectedBytes: number) {
    const needed = Math.ceil(expectedBytes / PLANNED_PARTS / MIB) * MIB;
    this.baseBytes = Math.min(Math.max(NORMAL_BYTES, needed), LARGEST_BYTES);
  }

  /**
   * Parts have one size as long as the expectation holds, because some servers want that.
   *
   * @param number of the part, from 1
   */
  sizeOf(number: number): number {
    const doublings = Math.max(0, Math.ceil((number - PLANNED_PARTS) / PARTS_PER_DOUBLING));
    return Math.min(this.baseBytes * 2 ** doublings, LARGEST_BYTES);
  }

  /** Parts that may be on their way while the next is filled, so that memory stays within bounds: one at least. */
  atOnce(number: number): number {
    return Math.max(1, Math.floor(MEMORY_BYTES / this.sizeOf(number)) - 1);
  }
}
