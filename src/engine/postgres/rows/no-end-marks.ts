import { ContainerError } from '../../container/format/container-error';

const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const DOT = 0x2e;

/** Ends the rows of a COPY in the text of `psql`. */
export const END_OF_ROWS = Buffer.from('\\.\n');

/**
 * Rows that are written into text for `psql`. A line `\.` would end them there, and what follows would be run, commands of the shell
 * included. The server writes no such line: in a value, the backslash is doubled.
 *
 * @param chunks whole rows, cut anywhere
 * @throws ContainerError `corrupted` at such a line
 */
export async function* noEndMarks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  /** Bytes of the line so far, up to two; and whether they are the beginning of an end mark. */
  let [length, isMark] = [0, true];
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const byte = chunk[at];
      if (byte === NEWLINE) {
        if (isMark && length === 2) throw new ContainerError('corrupted', 'rows hold a line that ends them');
        [length, isMark] = [0, true];
        at += 1;
      } else if (isMark && length < 2) {
        isMark = byte === (length === 0 ? BACKSLASH : DOT);
        length += 1;
        at += 1;
      } else {
        // No mark: on to the end of the line. A carriage return after the dot ends rows, too.
        if (isMark && length === 2 && byte === 0x0d)
          throw new ContainerError('corrupted', 'rows hold a line that ends them');
        isMark = false;
        const end = chunk.indexOf(NEWLINE, at);
        at = end === -1 ? chunk.length : end;
      }
    }
    yield chunk;
  }
}
