import type { BackupReader } from '../container/read/backup-reader';
import type { StreamEntry } from '../container/format/manifest';
import type { PlainReader } from '../container/read/stream-check';
import { counted } from '../bytes/counted';
import { explainedToolError } from '../postgres/archive/archive-version';
import { readThrough } from '../postgres/load/pg-restore';
import type { PostgresTools } from '../postgres/server/tools';
import { ToolError } from '../process/tool-error';
import { releaseBytes } from '../bytes/release-bytes';

/**
 * Has `pg_restore` read every archive of a container to its end, without a database. That the bytes are authentic says
 * that they are what was written; this says that the tools of this machine understand them. Of a version 2 file it is done while
 * the container is verified, so that nothing is decrypted and unpacked twice.
 */
export class ArchiveCheck {
  private failure: Error | undefined;
  private tools: Promise<PostgresTools> | undefined;

  /** @param findTools without which the container is verified all the same, and {@link finish} says so */
  constructor(
    private readonly findTools: () => Promise<PostgresTools>,
    private readonly signal: AbortSignal,
  ) {}

  /** For {@link verifyBackup}: who reads a stream. What the program says of it is kept for {@link finish}. */
  readonly readerOf = ({ kind }: StreamEntry): PlainReader | undefined => {
    if (kind === 'files' || kind === 'rows') return undefined;
    return async (chunks) => {
      try {
        await readThrough(await this.foundTools(), chunks, this.signal, releaseBytes);
      } catch (error) {
        // The verification of the container reports what is wrong with the container.
        const reason = await this.explained(error);
        this.failure ??= reason instanceof Error ? reason : new Error('stopped', { cause: reason });
      }
    };
  };

  /**
   * Tells what came of it, once the container has been verified; reads the archive of a version 1 file.
   *
   * @param onProgress told of the bytes of the archive
   * @throws ToolError, RestoreError when the tools are too old for it, ContainerError, the signal's reason, or why there are no tools
   */
  async finish(reader: BackupReader, onProgress: (bytesDone: number, bytesTotal: number) => void): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (!reader.isOneArchive) return;
    const bytesTotal = reader.index.streams.find(({ name }) => name === reader.schemaStream)?.plain_size ?? 0;
    let bytesDone = 0;
    const archive = counted(reader.readStream(reader.schemaStream, { signal: this.signal }), (bytes) => {
      bytesDone += bytes;
      onProgress(bytesDone, bytesTotal);
    });
    try {
      await readThrough(await this.foundTools(), archive, this.signal);
    } catch (error) {
      throw await this.explained(error);
    }
  }

  private async explained(error: unknown): Promise<unknown> {
    return error instanceof ToolError ? explainedToolError(error, await this.foundTools()) : error;
  }

  private foundTools(): Promise<PostgresTools> {
    return (this.tools ??= this.findTools());
  }
}
