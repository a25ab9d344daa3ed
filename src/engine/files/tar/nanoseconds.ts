/** Times of files are whole nanoseconds, and what is less than one second in them is kept. */
export const NS_PER_SECOND = 1_000_000_000n;
