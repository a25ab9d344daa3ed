import type { Borrowed } from './borrowed';

/** Where a container is written to. The writer calls it one call at a time, in the order of the file. */
export interface ByteSink {
  /**
   * Takes the next bytes of the file, which are lent until this resolves: then it is ready for more.
   * A rejection ends the container.
   */
  write(bytes: Borrowed): Promise<void>;
}
