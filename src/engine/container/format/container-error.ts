/** Each way in which a `.bscc` file can be wrong (docs/format.md, "What a reader reports"). */
export type ContainerFault =
  | 'not_a_container'
  | 'unsupported_version'
  | 'key_not_in_ring'
  | 'header_tampered'
  | 'truncated'
  | 'corrupted'
  | 'trailing_data'
  | 'index_mismatch'
  | 'digest_mismatch'
  | 'index_too_large';

/** Where the fault is. Holds no key material and no plaintext, so it may be logged and shown. */
export interface ContainerErrorDetails {
  /** Format version found in the header, when it is one this reader does not know. */
  version?: number;
  /** Id of the stream at fault; 65535 is the index. */
  streamId?: number;
  /** Name of the stream at fault, when the index has been read. */
  streamName?: string | undefined;
  /** Number of the segment at fault within its stream, from 0. */
  segment?: number;
  /** Offset in the file, in bytes. */
  offset?: number;
  /** Id of the key that the file was sealed with, 16 hex digits. */
  neededKeyId?: string;
  /** Ids of the keys that were tried, 16 hex digits each. */
  presentKeyIds?: string[];
}

/** A container that cannot be trusted, or one that would not be readable if it were written. */
export class ContainerError extends Error {
  override readonly name = 'ContainerError';

  /**
   * @param fault which way it is wrong
   * @param message one sentence for a log or an administrator
   * @param details where it is wrong
   */
  constructor(
    readonly fault: ContainerFault,
    message: string,
    readonly details: ContainerErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
