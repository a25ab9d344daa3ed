import type { ContainerIndex } from '../format/manifest';

/** What a backup says of itself, whatever version its file has. */
export type BackupIndex = Omit<ContainerIndex, 'format'> & { readonly format: 1 | 2 };

/** A backup opened for reading. It answers what differs between the versions of a file. */
export interface BackupReader {
  readonly index: BackupIndex;
  /** Name of the stream whose archive describes the schema. */
  readonly schemaStream: string;
  /** The archive of the schema is the only one: the rows are between the rest of it. */
  readonly isOneArchive: boolean;
  /** The index lists the tables with their rows, the extensions and the server. Otherwise only the archive has them. */
  readonly isListed: boolean;
  /** The service writes files of this kind. It only reads those of its predecessor. */
  readonly isOurs: boolean;
  /** Id of the key it is sealed with, 16 hex digits. */
  readonly keyId: string;
  /** UUID of the file, which stays when it is sealed with another key. Version 1 has none. */
  readonly fileId?: string;
  /** Digests that a version 1 file carries itself. */
  readonly checksums?: { readonly manifest_sha256: string; readonly dump_sha256: string };
  /** The plaintext of one stream, in chunks that are the caller's; it is whole only when the generator has ended without an error. */
  readStream(name: string, options?: { signal?: AbortSignal }): AsyncGenerator<Buffer>;
}
