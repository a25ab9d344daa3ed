import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { contextOf } from '../../kernel/request/request-context';
import { ImportService, type UploadPlace } from '../import/import.service';
import { AnnouncedChecksum } from '../uploads/announced-checksum';
import { type HalfUpload, HalfUploads, type UploadOwner } from '../uploads/half-uploads.service';
import { UploadArrival } from '../uploads/upload-arrival';
import { UploadFinish } from '../uploads/upload-finish';
import { type Turn, UploadTurns } from '../uploads/upload-turns';
import { arrivingBody } from './arriving-body';
import { AuditedImport } from './audited-import';
import { plainName } from './plain-name';
import { exchange, type TusUpload } from './tus-exchange';
import { type UploadLimits, uploadLimits } from './upload-limits';
import { tooLarge } from './upload-refusals';

/** A name, and what else a client may want to know of its file later. */
const MAX_METADATA_CHARACTERS = 4096;

/** Answers the requests of resumable uploads. Each works at its upload alone. */
@Injectable()
export class ResumableUploads {
  private readonly limits: UploadLimits;

  constructor(
    config: AppConfig,
    private readonly uploads: HalfUploads,
    private readonly turns: UploadTurns,
    private readonly arrival: UploadArrival,
    private readonly finisher: UploadFinish,
    private readonly imports: ImportService,
    private readonly audited: AuditedImport,
  ) {
    this.limits = uploadLimits(config);
  }

  /** What the service takes. */
  async describe(request: Request, response: Response): Promise<void> {
    await exchange(request, response, {}, this.limits.fileBytes);
  }

  async create(request: Request, response: Response): Promise<void> {
    const metadata = request.get('upload-metadata');
    if ((metadata?.length ?? 0) > MAX_METADATA_CHARACTERS) {
      throw new AppError('backups.invalid_request', { details: { field: 'Upload-Metadata' } });
    }
    const length = Number(request.get('upload-length'));
    if (length > this.limits.fileBytes) throw tooLarge(this.limits.fileBytes);
    const create = async (sizeBytes: number, said: Readonly<Record<string, string | null>>): Promise<string> => {
      if (sizeBytes === 0) throw new AppError('backups.invalid_format');
      const filename = plainName(said['filename'] ?? '');
      contextOf(request).recordDetails = { origin_filename: filename, size_bytes: sizeBytes };
      const upload = await this.uploads.create(ownerOf(request), { filename, metadata, sizeBytes });
      tellExpiry(response, upload);
      return upload.record.id;
    };
    await exchange(request, response, { create }, this.limits.fileBytes);
  }

  /** Tells where an upload goes on, or which backup it has become. One whose import was cut short is imported now. */
  async tell(request: Request, response: Response, id: string): Promise<void> {
    await this.at(request, id, async (upload, turn) => {
      await exchange(request, response, { find: () => Promise.resolve(inWords(upload)) }, this.limits.fileBytes);
      const { metadata } = upload.record;
      if (metadata !== undefined) response.setHeader('Upload-Metadata', metadata);
      tellExpiry(response, upload);
      await this.finish(request, response, { upload, turn });
    });
  }

  async append(request: Request, response: Response, id: string): Promise<void> {
    const announced = request.get('upload-checksum');
    const checksum = announced === undefined ? undefined : AnnouncedChecksum.parse(announced);
    await this.at(request, id, async (upload, turn) => {
      const place = this.imports.takePlace();
      try {
        await exchange(
          request,
          response,
          {
            find: () => Promise.resolve(inWords(upload)),
            append: () => this.receive(request, { upload, turn, place, checksum }),
          },
          this.limits.fileBytes,
        );
        const now = await this.uploads.find(id, ownerOf(request));
        tellExpiry(response, now);
        await this.finish(request, response, { upload: now, turn, place });
      } finally {
        place.leave();
        place.operation.end();
      }
    });
  }

  async remove(request: Request, response: Response, id: string): Promise<void> {
    await this.at(request, id, () =>
      exchange(request, response, { remove: () => this.uploads.remove(id) }, this.limits.fileBytes),
    );
  }

  /** Works at an upload of the caller. Other callers do not get as far as to end a request of its own. */
  private async at(
    request: Request,
    id: string,
    work: (upload: HalfUpload, turn: Turn) => Promise<void>,
  ): Promise<void> {
    const owner = ownerOf(request);
    await this.uploads.find(id, owner);
    await this.turns.during(id, async (turn) => work(await this.uploads.find(id, owner), turn));
  }

  private async receive(
    request: Request,
    { upload, turn, place, checksum }: Work & { place: UploadPlace; checksum: AnnouncedChecksum | undefined },
  ): Promise<number> {
    if (upload.record.backup_id !== undefined) return upload.offset;
    const body = arrivingBody(request, this.limits.pace);
    const signal = AbortSignal.any([turn.signal, place.operation.signal]);
    try {
      return await this.arrival.add(upload, { chunks: body.chunks, checksum, signal });
    } catch (error) {
      if (!signal.aborted) return await this.audited.refuse(request, upload, error);
      throw interruptionOf(signal);
    } finally {
      body.stop();
    }
  }

  private async finish(request: Request, response: Response, { upload, turn, place }: Work): Promise<void> {
    const known = upload.record.backup_id;
    const id = this.finisher.isDue(upload)
      ? await this.audited.during(request, upload, () => this.finisher.finish(upload, turn, place))
      : known;
    if (id !== undefined) response.setHeader('Backup-Id', id);
  }
}

/** What a request works with. */
interface Work {
  readonly upload: HalfUpload;
  readonly turn: Turn;
  readonly place?: UploadPlace;
}

function ownerOf(request: Request): UploadOwner {
  const { caller } = contextOf(request);
  if (caller === undefined) throw new AppError('auth.unauthorized');
  return caller;
}

function inWords({ record, offset }: HalfUpload): TusUpload {
  return { id: record.id, sizeBytes: record.size_bytes, offset };
}

function tellExpiry(response: Response, { expiresAt }: HalfUpload): void {
  response.setHeader('Upload-Expires', expiresAt.toUTCString());
}

/** The client may go on later, whatever has ended the request. */
function interruptionOf({ reason }: AbortSignal): unknown {
  return reason instanceof AppError ? reason : new AppError('backups.upload_interrupted', { cause: reason });
}
