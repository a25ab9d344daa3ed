/** Where a container is written to. The writer calls it one call at a time, in the order of the file. */
export interface ByteSink {
  /**
   * Takes the next bytes of the file. Resolves when it is ready for more, and needs the bytes no longer.
   * A rejection ends the container.
   */
  write(bytes: Uint8Array): Promise<void>;
}
