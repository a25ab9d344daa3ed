import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import type { ImportedBackup } from '../import/imported-backups';
import { ImportService } from '../import/import.service';
import { MultipartUpload, type UploadLimits } from './multipart-upload';
import { tooLarge } from './upload-refusals';

/** Boundaries and headers of a multipart body around one file. */
const ENVELOPE_BYTES = 64 * 1024;
/** How often a slow client is looked at before it is given up. */
const LOOKS = 3;

/** Makes backups of the files that requests bring. */
@Injectable()
export class Uploads {
  private readonly limits: UploadLimits;

  constructor(
    { uploadMaxBytes, uploadStallSeconds }: AppConfig,
    private readonly imports: ImportService,
  ) {
    // Too slow is less than a kilobyte a second for as long as is configured.
    const everyMs = (uploadStallSeconds * 1000) / LOOKS;
    this.limits = {
      fileBytes: uploadMaxBytes,
      bodyBytes: uploadMaxBytes + ENVELOPE_BYTES,
      pace: { everyMs, leastBytes: (1024 * everyMs) / 1000, chances: LOOKS },
    };
  }

  /** @throws AppError; then nothing of the file is left */
  async import(request: Request, response: Response): Promise<ImportedBackup> {
    const { bodyBytes, fileBytes } = this.limits;
    if (Number(request.headers['content-length'] ?? 0) > bodyBytes) throw tooLarge(fileBytes);
    const received = await new MultipartUpload(request, response, this.limits, this.imports).receive();
    if (received === undefined) throw new AppError('backups.invalid_format');
    return received.keep();
  }
}
