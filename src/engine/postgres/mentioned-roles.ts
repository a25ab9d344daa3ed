import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { filterTool } from '../process/run-tool';
import { IDENTIFIER, IDENTIFIERS, namesIn } from './identifiers';
import type { PostgresTools } from './tools';

const NAME = `(${IDENTIFIER})`;
const PATTERNS = [
  new RegExp(`OWNER TO ${NAME};$`),
  new RegExp(`^(?:GRANT|REVOKE) .* (?:TO|FROM) ${NAME}(?: WITH GRANT OPTION)?;$`),
  new RegExp(`^ALTER DEFAULT PRIVILEGES FOR ROLE ${NAME} `),
  new RegExp(`^ALTER DEFAULT PRIVILEGES .* (?:TO|FROM) ${NAME}(?: WITH GRANT OPTION)?;$`),
  new RegExp(`^CREATE POLICY .* TO (${IDENTIFIERS})(?: |;)`),
];
const NOBODY: ReadonlySet<string> = new Set(['public', 'current_user', 'session_user']);

/**
 * The roles that the schema in an archive mentions. Only for files that do not say it themselves. A line inside a function
 * that looks like a grant yields a role too many, which does no harm.
 */
export async function mentionedRoles(
  tools: PostgresTools,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<string[]> {
  const command = {
    command: tools.pgRestore,
    args: ['--section=pre-data', '--section=post-data', '--file=-'],
    signal,
  };
  const found = new Set<string>();
  for await (const line of createInterface({ input: Readable.from(filterTool(command, archive)) })) {
    for (const pattern of PATTERNS) {
      for (const name of namesIn(pattern.exec(line)?.[1] ?? '')) found.add(name);
    }
  }
  return [...found].filter((role) => !NOBODY.has(role.toLowerCase()) && !role.startsWith('pg_')).sort();
}
