import { openBackup } from '../../engine/backup/open-backup';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { extractTable } from '../../engine/postgres/extract/extract-table';
import { writtenName } from '../../engine/postgres/extract/table-choice';
import type { TableFormat } from '../../engine/postgres/extract/table-text';
import { present } from '../../engine/optional/present';
import { giveNewName } from '../terminal/give-new-name';
import { withContainer } from '../terminal/input-file';
import { interruptible } from '../terminal/interruptible';
import type { Output } from '../terminal/output';
import { refuseTerminal, writeFile, writeToStandardOutput, writeWhole } from '../terminal/extracted-output';
import { toolsFor } from '../../engine/postgres/extract/tools-for';

/** Encodings whose rows need no word: every program takes them for what they are. */
const EXPECTED: ReadonlySet<string | undefined> = new Set(['UTF8', 'SQL_ASCII', undefined]);

/** Which table is extracted, how, and where to. */
interface TableRequest {
  /** As `chooseTable` reads it. */
  readonly table: string;
  readonly format: TableFormat;
  /** A new file; `undefined`: standard output. */
  readonly file: string | undefined;
  readonly pgDumpBin?: string | undefined;
}

/**
 * Writes the rows of one table.
 *
 * @throws TableChoiceError; ContainerError when the rows are not those that the index says
 */
export async function extractRows(
  path: string,
  { table: written, format, file, pgDumpBin }: TableRequest,
  keys: KeyRing,
  output: Output,
): Promise<void> {
  if (file === undefined) {
    refuseTerminal(`bscc extract ${path} --table '${written}' --format ${format} > table.${format}`, '--output FILE');
  }
  await withContainer(path, async (source) => {
    const reader = await openBackup(source, keys);
    let [done, total] = [0, 0];
    const { table, rows, encoding, bytes, text } = await extractTable(reader, {
      ...{ written, format, tools: () => toolsFor(reader, pgDumpBin) },
      onBytes: (more) => output.progress('extracting', (done += more), total),
    });
    total = bytes;
    if (format !== 'sql' && !EXPECTED.has(encoding)) output.note(`the rows are in the encoding ${encoding ?? ''}`);
    if (file === undefined) {
      await writeToStandardOutput(text);
      output.endProgress();
      return;
    }
    await interruptible((signal) => writeWhole(file, (at) => writeFile(text, at, signal), giveNewName, signal));
    const name = writtenName(table);
    output.result({ written: file, table: name, ...present({ rows, encoding }) }, [
      rows === undefined ? `${file}: ${name}` : `${file}: ${name}, ${rows} rows`,
    ]);
  });
}
