import { memoryFile } from '../process/memory-file';

/** The first descriptor that a program gets from us. */
const FIRST = 3;

/**
 * Gives `pg_restore` a table of contents to go by, in memory: it names what is in the backup.
 *
 * @param before descriptors that the program gets besides
 * @param run gets all descriptors, and the arguments that name the table of contents
 */
export async function withList(
  useList: Buffer | undefined,
  before: readonly number[],
  run: (descriptors: readonly number[], args: readonly string[]) => Promise<void>,
): Promise<void> {
  if (useList === undefined) return run(before, []);
  const list = await memoryFile(whole(useList));
  if (list === undefined) throw new Error('the system has no room in memory for a table of contents');
  try {
    await run([...before, list.fd], [`--use-list=/dev/fd/${FIRST + before.length}`]);
  } finally {
    await list.close();
  }
}

async function* whole(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield* await Promise.resolve([bytes]);
}
