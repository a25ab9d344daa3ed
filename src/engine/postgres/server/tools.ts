import { access, constants, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runTool } from '../../process/run-tool';

/** PostgreSQL's programs of one version, by absolute path. */
export interface PostgresTools {
  readonly pgDump: string;
  readonly pgRestore: string;
  readonly psql: string;
  /** As `server_version_num`: 150014 is 15.14. */
  readonly versionNum: number;
  /** What `pg_dump --version` says after its own name. */
  readonly versionText: string;
}

/** No usable programs; the message says what to install and names no path. */
export class ToolVersionError extends Error {
  override readonly name = 'ToolVersionError';
}

/** Where packages put the programs; the version is part of one directory name. */
const PLACES: readonly (readonly [parent: string, pattern: RegExp, rest: string])[] = [
  ['/usr/lib/postgresql', /^\d+$/, 'bin'],
  ['/usr', /^pgsql-\d+$/, 'bin'],
  ['/usr/libexec', /^postgresql\d+$/, ''],
  ['/opt/homebrew/opt', /^(postgresql|libpq)(@\d+)?$/, 'bin'],
  ['/usr/local/opt', /^(postgresql|libpq)(@\d+)?$/, 'bin'],
  ['/usr/local', /^pgsql(-?\d+)?$/, 'bin'],
  ['/usr/local', /^bin$/, ''],
  ['/usr', /^bin$/, ''],
];

/** From here on `pg_restore` sends `SET transaction_timeout`, which older servers refuse (release notes of PostgreSQL 17). */
const SENDS_UNKNOWN_SETTING = 17;

/**
 * Finds the programs for a server. Of those installed the ones of the server's own major version are taken, because a
 * newer `pg_restore` may use settings that an older server does not know; without them the newest.
 *
 * @param options.serverVersionNum `server_version_num` of the server
 * @param options.pgDumpBin a `pg_dump` chosen by the administrator: then no other is looked for
 * @param options.mustLoad `pg_restore` itself will load into that server, so one that it would refuse is no use
 * @throws ToolVersionError when none is there, none as new as the server, or only ones that it would refuse
 */
export async function findTools(options: {
  serverVersionNum: number;
  pgDumpBin?: string | undefined;
  mustLoad?: boolean;
}): Promise<PostgresTools> {
  const wanted = majorOf(options.serverVersionNum);
  const found = options.pgDumpBin === undefined ? await installedTools() : [await chosenTools(options.pgDumpBin)];
  const isRefused = (tools: PostgresTools): boolean =>
    options.mustLoad === true && wanted < SENDS_UNKNOWN_SETTING && majorOf(tools.versionNum) >= SENDS_UNKNOWN_SETTING;
  const fitting = found.filter((tools) => majorOf(tools.versionNum) >= wanted && !isRefused(tools));
  fitting.sort((a, b) => b.versionNum - a.versionNum);
  const best = fitting.find((tools) => majorOf(tools.versionNum) === wanted) ?? fitting[0];
  if (best !== undefined) return best;
  throw new ToolVersionError(`${whatIsWrong(found, wanted)}: install the PostgreSQL client tools${packageFor(wanted)}`);
}

function whatIsWrong(found: readonly PostgresTools[], wanted: number): string {
  const newest = Math.max(0, ...found.map(({ versionNum }) => majorOf(versionNum)));
  if (newest === 0) return 'pg_dump is not installed';
  if (newest < wanted) return `pg_dump ${newest} is older than the server, which is ${wanted}`;
  return `pg_restore ${newest} uses a setting that the server, which is ${wanted}, does not know, so no backup could be restored`;
}

function packageFor(wanted: number): string {
  return wanted === 0 ? '' : `, version ${wanted} (package postgresql-client-${wanted})`;
}

async function installedTools(): Promise<PostgresTools[]> {
  const directories: string[] = [];
  for (const [parent, pattern, rest] of PLACES) {
    const names = await readdir(parent).catch(() => []);
    directories.push(...names.filter((name) => pattern.test(name)).map((name) => join(parent, name, rest)));
  }
  const probed = await Promise.all(
    directories.map(async (directory) => toolsIn(directory, join(directory, 'pg_dump'))),
  );
  return probed.filter((tools) => tools !== undefined);
}

async function chosenTools(pgDumpBin: string): Promise<PostgresTools> {
  const tools = await toolsIn(dirname(pgDumpBin), pgDumpBin);
  if (tools !== undefined) return tools;
  throw new ToolVersionError(
    'the configured pg_dump, or pg_restore and psql beside it, cannot be run: correct BERKUT_BACKUP_PGDUMP_BIN or install the PostgreSQL client tools',
  );
}

/** What programs have said of their version, by path, until another file lies there: probes ask every few seconds. */
const known = new Map<string, { readonly stamp: string; readonly versionText: string }>();

async function toolsIn(directory: string, pgDump: string): Promise<PostgresTools | undefined> {
  const pgRestore = join(directory, 'pg_restore');
  const psql = join(directory, 'psql');
  try {
    for (const tool of [pgDump, pgRestore, psql]) await access(tool, constants.X_OK);
    const versionText = await versionOf(pgDump);
    const version = /^(\d+)(?:\.(\d+))?/.exec(versionText);
    if (version === null) return undefined;
    return { pgDump, pgRestore, psql, versionText, versionNum: Number(version[1]) * 10_000 + Number(version[2] ?? 0) };
  } catch {
    return undefined;
  }
}

async function versionOf(pgDump: string): Promise<string> {
  const { ino, mtimeMs, size } = await stat(pgDump);
  const stamp = `${ino} ${mtimeMs} ${size}`;
  const before = known.get(pgDump);
  if (before?.stamp === stamp) return before.versionText;
  const said = await runTool({ command: pgDump, args: ['--version'] });
  const versionText = said.replace(/^pg_dump \(PostgreSQL\) /, '').trim();
  known.set(pgDump, { stamp, versionText });
  return versionText;
}

/** The major version of a server or a tool by its number, such as 150004. */
export function majorOf(versionNum: number): number {
  return Math.floor(versionNum / 10_000);
}
