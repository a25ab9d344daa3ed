import { asSentence, type Manifest } from '../container/format/manifest';
import { NEVER_PACKED } from '../files/files-report';
import type { Snapshot } from '../postgres/dump/snapshot';
import type { CopiedTable } from '../postgres/rows/copy-rows';
import type { SequenceValue } from '../postgres/rows/sequence-values';
import type { RelationName } from '../postgres/server/relation-name';
import type { PostgresTools } from '../postgres/server/tools';
import type { ViewCount } from '../postgres/dump/view-counts';

/** The caller's description of the backup it orders. */
export interface BackupDescription {
  readonly app: { readonly name: string; readonly version: string };
  readonly label?: string | undefined;
  /** `["ALL"]` or sorted scope names. */
  readonly scope: readonly string[];
  readonly createdAt: Date;
  /** The newest record of the audit log: a log that was rewritten later can be shown to be one. */
  readonly auditHead?: { readonly seq: number; readonly hash: string } | undefined;
}

/** Where rows have gone, values of sequences and numbers of the entities, at the moment of the snapshot. */
export interface Counted {
  readonly tables: readonly CopiedTable[];
  readonly sequences: readonly SequenceValue[];
  readonly views: readonly ViewCount[];
  readonly entities: Readonly<Record<string, number>>;
  /** What of the application files could not be packed, a line for each reason. */
  readonly filesLeftOut: readonly string[];
  /** Lines that `pg_dump` wrote to stderr. */
  readonly said: readonly string[];
}

/** A backup of one database holds none of these. An operator who restores to another server must know. */
const NEVER_INCLUDED = ['roles and their passwords', 'other databases', 'tablespaces', 'server configuration'];

/** The manifest of a container (docs/format.md, "Index"). */
export function manifestOf(
  order: BackupDescription & {
    readonly tools: PostgresTools;
    readonly filesPath?: string | undefined;
    readonly scopeTables?: readonly RelationName[] | undefined;
  },
  { facts, catalog, leftOut }: Snapshot,
  counted: Counted,
): Manifest {
  const lacking = [...leftOut, ...counted.filesLeftOut];
  const warnings = [...lacking.map((text) => `not in this backup: ${text}`), ...counted.said].map(asSentence);
  return {
    created_at: order.createdAt.toISOString(),
    app: order.app,
    label: order.label,
    scope: [...order.scope],
    includes_files: order.filesPath !== undefined,
    database: {
      engine: 'postgres',
      server_version: facts.serverVersion,
      server_version_num: facts.serverVersionNum,
      name: facts.name,
      encoding: facts.encoding,
      collate: facts.collate,
      ctype: facts.ctype,
      locale_provider: facts.localeProvider,
      size_bytes: facts.sizeBytes,
      ...(facts.hasPublicSchema ? {} : { has_public_schema: false }),
      lc_monetary: facts.lcMonetary,
      schema_version: facts.schemaVersion,
    },
    tools: { pg_dump: order.tools.versionText },
    extensions: facts.extensions.map(({ name, version }) => ({ name, version })),
    roles: [...facts.roles],
    not_included: [
      ...NEVER_INCLUDED,
      ...(order.scopeTables === undefined ? [] : ['rows of tables outside the scope', 'large objects']),
      ...(catalog.hasForeignTables ? ['rows of foreign tables'] : []),
      ...(order.filesPath === undefined ? [] : [NEVER_PACKED]),
      ...lacking,
    ].map(asSentence),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(catalog.missingTables.length === 0 ? {} : { missing_tables: [...catalog.missingTables] }),
    ...(order.auditHead === undefined ? {} : { audit_head: { ...order.auditHead } }),
    tables: counted.tables.map(tableEntry),
    sequences: [...counted.sequences],
    ...(counted.views.length === 0 ? {} : { views: [...counted.views] }),
    entity_counts: { ...counted.entities },
  };
}

function tableEntry({ table, parts }: CopiedTable): Manifest['tables'][number] {
  const { schema, name, columns, partitionRoot, extension, sizeBytes } = table;
  return {
    ...{ schema, name, bytes: sizeBytes, rows: parts.reduce((sum, { rows }) => sum + rows, 0), columns: [...columns] },
    ...(partitionRoot === undefined ? {} : { partition_root: partitionRoot }),
    ...(extension === undefined ? {} : { extension: extension.name }),
    parts: [...parts],
  };
}
