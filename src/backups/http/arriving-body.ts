import { PassThrough } from 'node:stream';
import type { Request } from 'express';
import { AppError } from '../../kernel/errors/app-error';
import { type Pace, whenTooSlow } from '../../kernel/http/body-pace';

/** A body while it arrives. */
export interface ArrivingBody {
  /** Ends with `backups.upload_interrupted` when the client goes away, or sends next to nothing, after all that has come. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Lets go of the request, however much of the body has been read. */
  readonly stop: () => void;
}

/** Reads a body that is a part of a file. What has come of it is good, even if the rest never comes. */
export function arrivingBody(request: Request, pace: Pace): ArrivingBody {
  // The request itself must stay readable for what throws the rest away.
  const passage = new PassThrough();
  let interruption: AppError | undefined;
  const interrupt = (reason: string): void => {
    interruption ??= new AppError('backups.upload_interrupted', { cause: new Error(reason) });
    passage.end();
  };
  const onClose = (): void => {
    if (!request.complete) interrupt('the client has gone');
  };
  const stopWatching = whenTooSlow(request, () => interrupt('the client sends next to nothing'), pace);
  request.once('aborted', onClose).once('close', onClose);
  if (request.destroyed) onClose();
  else request.pipe(passage);
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* passage as AsyncIterable<Uint8Array>;
    if (interruption !== undefined) throw interruption;
  }
  return {
    chunks: chunks(),
    stop: () => {
      stopWatching();
      request.off('aborted', onClose).off('close', onClose).unpipe(passage);
      passage.destroy();
    },
  };
}
