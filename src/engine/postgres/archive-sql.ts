import type { BackupReader } from '../backup-reader';
import { V1_STREAM } from '../container/v1/v1-reader';
import { filterTool } from '../process/run-tool';
import type { PostgresTools } from './tools';

/**
 * A whole backup as SQL for `psql`: what must exist before the data, the data, and what comes after it.
 *
 * @throws ToolError, ContainerError
 */
export async function* archiveSql(reader: BackupReader, tools: PostgresTools): AsyncGenerator<Buffer, void, undefined> {
  const sql = (stream: string, args: readonly string[]) =>
    filterTool({ command: tools.pgRestore, args: [...args, '--file=-'] }, reader.readStream(stream));
  if (reader.index.format === 1) {
    yield* sql(V1_STREAM, []);
    return;
  }
  yield* sql('schema', ['--section=pre-data']);
  for (const { name, kind } of reader.index.streams) {
    if (kind === 'data') yield* sql(name, ['--section=data']);
  }
  yield* sql('schema', ['--section=post-data']);
}
