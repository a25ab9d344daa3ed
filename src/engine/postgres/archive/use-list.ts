import { memoryFile } from '../../process/memory-file';

/** No memory file: the program cannot be told which entries are meant. */
export class NoMemoryFileError extends Error {
  override readonly name = 'NoMemoryFileError';
  constructor() {
    super('a list for pg_restore cannot be put into memory: this system has no /dev/shm, or no room in it');
  }
}

/**
 * A table of contents as `pg_restore --use-list` reads it: it goes by the numbers alone, whatever the names are. A comment belongs
 * to the section of the entry before it, so the entries have to be in the order of the archive, and a comment with what it is on.
 */
export function useListOf(ids: Iterable<number>): Buffer {
  return Buffer.from([...ids].map((id) => `${id};\n`).join(''));
}

/** The numbers in such a list. */
export function numbersIn(useList: Buffer): number[] {
  return useList
    .toString('latin1')
    .split('\n')
    .filter(Boolean)
    .map((line) => Number.parseInt(line, 10));
}

/** The first descriptor that a program gets from us. */
const FIRST = 3;

/**
 * Gives `pg_restore` a table of contents to go by, in memory: it names what is in the backup.
 *
 * @param before descriptors that the program gets besides
 * @param run gets all descriptors, and the arguments that name the table of contents
 * @throws NoMemoryFileError, or what `run` throws
 */
export async function withList<T>(
  useList: Buffer | undefined,
  before: readonly number[],
  run: (descriptors: readonly number[], args: readonly string[]) => Promise<T>,
): Promise<T> {
  if (useList === undefined) return run(before, []);
  const list = await memoryFile(whole(useList));
  if (list === undefined) throw new NoMemoryFileError();
  try {
    return await run([...before, list.fd], [`--use-list=/dev/fd/${FIRST + before.length}`]);
  } finally {
    await list.close();
  }
}

async function* whole(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield* await Promise.resolve([bytes]);
}
