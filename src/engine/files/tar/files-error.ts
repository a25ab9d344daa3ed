/** Why application files cannot be packed or unpacked. */
export type FilesFault =
  /** A file kept changing while it was read. */
  | 'changed'
  /** The archive holds an entry that could do harm, or is not an archive. */
  | 'refused'
  /** A place that must be free is taken. */
  | 'exists'
  /** The file system does not let us. */
  | 'unavailable';

/** Application files that cannot be packed or unpacked. */
export class FilesError extends Error {
  override readonly name = 'FilesError';

  /** @param entry name of the entry inside the archive, for logs */
  constructor(
    readonly fault: FilesFault,
    message: string,
    readonly entry?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
