import type { BackupIndex } from '../../container/read/backup-reader';
import { type Finding, problem } from '../../findings/finding';
import type { SchemaFacts } from '../archive/schema-facts';
import { majorOf, type PostgresTools } from '../server/tools';
import type { ServerFacts } from './server-facts';

/** What has a version, each as far as it is compared. */
export interface Versions {
  readonly server: Pick<ServerFacts, 'server_version_num'>;
  readonly tools: Pick<PostgresTools, 'versionNum'>;
  readonly index: {
    readonly database: Pick<BackupIndex['database'], 'server_version_num'>;
    readonly tools: Pick<BackupIndex['tools'], 'pg_dump'>;
  };
  readonly facts: Pick<SchemaFacts, 'serverMajor' | 'dumpMajor'>;
}

/** Finds a server or programs that are older than those that made the backup. */
export function versionProblems({ server, index, facts, tools }: Versions): Finding[] {
  const here = majorOf(server.server_version_num);
  // What the manifest does not say, the archive does.
  const there = majorOf(index.database.server_version_num) || facts.serverMajor;
  const dumpedBy = Number.parseInt(index.tools.pg_dump, 10) || facts.dumpMajor;
  const tool = majorOf(tools.versionNum);
  return [
    ...(here < there ? [problem('server.older_than_backup', { server: here, backup: there })] : []),
    ...(tool < dumpedBy ? [problem('tools.older_than_dump', { tool, dump: dumpedBy })] : []),
  ];
}

/** The schema version of the application, as a query of the configuration reads it. */
export type SchemaVersion = number | string | undefined;

/** Finds a backup that newer migrations have been through than the target. */
export function schemaProblems(backup: SchemaVersion, target: SchemaVersion): Finding[] {
  if (backup === undefined || target === undefined || !isOlderSchema(target, backup)) return [];
  return [problem('target.older_schema', { backup, target })];
}

/** Versions that are no numbers have no order that we know. */
export function isOlderSchema(a: SchemaVersion, b: SchemaVersion): boolean {
  return typeof a === 'number' && typeof b === 'number' && a < b;
}
