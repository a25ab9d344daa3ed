import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { findTools } from '../../src/engine/postgres/server/tools';
import { runTool } from '../../src/engine/process/run-tool';

/**
 * The whole of a database as SQL, line by line, without the two lines that carry a random token (`\restrict` and
 * `\unrestrict`). Equal dumps are equal databases, as far as PostgreSQL can tell.
 *
 * @param pgDumpBin for a server that is newer than the installed programs
 */
export async function dumpOf(url: string, pgDumpBin?: string): Promise<string[]> {
  const tools = await findTools({ serverVersionNum: 130_000, pgDumpBin });
  const sql = await runTool({ command: tools.pgDump, args: [], env: toolEnvironment(parseDatabaseUrl(url)) });
  return sql.split('\n').filter((line) => !/^\\(un)?restrict /.test(line));
}
