import { Controller, Delete, Head, HttpStatus, Options, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Audited } from '../../audit/audited';
import { Access } from '../../kernel/access/access.decorator';
import { TakesFile } from '../../kernel/http/takes-file';
import { ResumableUploads } from './resumable-uploads';

const RESUMABLE = { name: 'Tus-Resumable', required: true, description: '1.0.0', schema: { example: '1.0.0' } };
const UPLOAD = { name: 'id', description: 'From `Location` of the answer that began the upload.' };

/** Importing a backup file in pieces, by the tus protocol (https://tus.io/protocols/resumable-upload). */
@ApiTags('Backups')
@Controller('backups/uploads')
export class UploadsController {
  constructor(private readonly uploads: ResumableUploads) {}

  @Options()
  @Audited('backups.upload.read')
  @Access('backups.import', {
    summary: 'Show what resumable uploads can do',
    description: 'Version and extensions of the tus protocol, and the largest size, as headers.',
    status: HttpStatus.NO_CONTENT,
  })
  async describe(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.uploads.describe(request, response);
  }

  @Post()
  @ApiHeader(RESUMABLE)
  @ApiHeader({ name: 'Upload-Length', required: true, description: 'Size of the file, bytes.' })
  @ApiHeader({ name: 'Upload-Metadata', required: false, description: '`filename` and its value in base64.' })
  @Audited('backups.upload.create')
  @Access('backups.import', {
    summary: 'Begin a resumable upload',
    description:
      'By the tus protocol, with creation, expiration, termination and checksum. `Location` is the address of the upload.',
    status: HttpStatus.CREATED,
    errors: [
      'backups.invalid_format',
      'backups.concurrent_operation',
      'backups.tus_version',
      'backups.upload_too_large',
      'backups.no_space',
    ],
  })
  async create(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.uploads.create(request, response);
  }

  @Head(':id')
  @ApiHeader(RESUMABLE)
  @ApiParam(UPLOAD)
  @Audited('backups.upload.read')
  @Access('backups.import', {
    summary: 'Show where an upload goes on',
    description:
      '`Upload-Offset` is the next byte to send. When the file was imported, `Backup-Id` is its backup. An upload that is not there, or not on this replica, is begun anew.',
    errors: ['backups.not_found', 'backups.tus_version', 'backups.upload_locked'],
  })
  async tell(
    @Param('id') id: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.uploads.tell(request, response, id);
  }

  @Patch(':id')
  @TakesFile()
  @ApiHeader(RESUMABLE)
  @ApiHeader({ name: 'Upload-Offset', required: true, description: 'Of the first byte of the body.' })
  @ApiHeader({ name: 'Upload-Checksum', required: false, description: 'sha1, sha256 or sha512, a space, and base64.' })
  @ApiParam(UPLOAD)
  @ApiConsumes('application/offset+octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @Audited('backups.upload.write', { isCounted: true })
  @Access('backups.import', {
    summary: 'Send bytes of an upload',
    description:
      'They are verified as far as they can be: of a wrong file nothing stays. The answer to the last of them comes when the file was imported, and has its backup in `Backup-Id`.',
    status: HttpStatus.NO_CONTENT,
    errors: [
      'backups.invalid_format',
      'backups.decrypt_failed',
      'backups.checksum_mismatch',
      'backups.not_found',
      'backups.concurrent_operation',
      'backups.upload_interrupted',
      'backups.upload_offset',
      'backups.tus_version',
      'backups.upload_too_large',
      'backups.upload_locked',
      'backups.upload_checksum',
      'backups.no_space',
    ],
  })
  async append(
    @Param('id') id: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.uploads.append(request, response, id);
  }

  @Delete(':id')
  @ApiHeader(RESUMABLE)
  @ApiParam(UPLOAD)
  @Audited('backups.upload.delete')
  @Access('backups.import', {
    summary: 'End an upload',
    description: 'Removes what has arrived. A backup that was made of it stays.',
    status: HttpStatus.NO_CONTENT,
    errors: ['backups.not_found', 'backups.tus_version', 'backups.upload_locked'],
  })
  async remove(
    @Param('id') id: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.uploads.remove(request, response, id);
  }
}
