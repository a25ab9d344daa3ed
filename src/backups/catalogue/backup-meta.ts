import { present } from '../../engine/optional/present';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { redact } from '../../kernel/logging/redact';

/** `meta_json` of a backup: what its container says of itself, in the words of the existing web UI. */
export interface BackupMeta {
  format_version?: string;
  created_at?: string;
  app_version?: string;
  db_engine?: string;
  /** The target's schema version; left out when unknown or not a number. */
  goose_db_version?: number;
  includes_files: boolean;
  backup_scope: string[];
  backup_label?: string;
  entity_counts?: Record<string, number>;
  /** Stream name → size, and digest where the file has one; of version 1 the digests of its two parts. */
  checksums?: Record<string, { sha256?: string; size: number } | string>;
  key_id?: string;
  /** UUID of the file. Version 1 has none. */
  file_id?: string;
  missing_tables?: string[];
  /** What is not in the backup although it should be, and what `pg_dump` said. Left out when there is nothing. */
  warnings?: string[];
}

/** What an authenticated container says of itself. */
export function metaOf(file: Pick<BackupReader, 'index' | 'keyId' | 'fileId' | 'checksums'>): BackupMeta {
  const { index, keyId, fileId, checksums } = file;
  const meta: BackupMeta = {
    format_version: String(index.format),
    created_at: index.created_at,
    app_version: index.app.version,
    db_engine: index.database.engine,
    includes_files: index.includes_files,
    backup_scope: index.scope.toSorted(),
    entity_counts: index.entity_counts,
    checksums:
      checksums ??
      Object.fromEntries(
        index.streams.map(({ name, plain_size: size, plain_sha256: sha256 }) => [
          name,
          { ...present({ sha256 }), size },
        ]),
      ),
    key_id: keyId,
    ...present({ file_id: fileId }),
  };
  const schemaVersion = Number(index.database.schema_version);
  if (index.database.schema_version !== undefined && Number.isSafeInteger(schemaVersion)) {
    meta.goose_db_version = schemaVersion;
  }
  if (index.label !== undefined && index.label !== '') meta.backup_label = index.label;
  if (index.missing_tables !== undefined && index.missing_tables.length > 0)
    meta.missing_tables = [...index.missing_tables];
  if (index.warnings !== undefined && index.warnings.length > 0) meta.warnings = index.warnings.map(redact);
  return meta;
}

/** Rows of all tables, if the description has them: that of an imported file says what its maker wanted. */
export function rowCountOf(meta: BackupMeta | null): number | null {
  if (meta?.entity_counts === undefined) return null;
  const sum = Object.values(meta.entity_counts).reduce((total, rows) => total + rows, 0);
  return Number.isSafeInteger(sum) && sum >= 0 ? sum : null;
}
