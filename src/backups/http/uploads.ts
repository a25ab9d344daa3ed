import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import type { ImportedBackup } from '../import/imported-backups';
import { ImportService } from '../import/import.service';
import { MultipartUpload } from './multipart-upload';
import { type UploadLimits, uploadLimits } from './upload-limits';
import { tooLarge } from './upload-refusals';

/** Makes backups of the files that requests bring. */
@Injectable()
export class Uploads {
  private readonly limits: UploadLimits;

  constructor(
    config: AppConfig,
    private readonly imports: ImportService,
  ) {
    this.limits = uploadLimits(config);
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
