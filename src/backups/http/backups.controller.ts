import {
  Body,
  Controller,
  Delete,
  Get,
  HttpStatus,
  Patch,
  Post,
  Query,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Audited } from '../../audit/audited';
import { Access } from '../../kernel/access/access.decorator';
import { CurrentCaller } from '../../kernel/access/current-caller';
import type { Caller } from '../../kernel/request/caller';
import { contextOf } from '../../kernel/request/request-context';
import { sendEvents, wantsEvents } from '../../kernel/http/event-stream';
import { AppConfig } from '../../kernel/config/config';
import { IdParam } from '../../kernel/http/id.pipe';
import { TakesFile } from '../../kernel/http/takes-file';
import { OperationsService } from '../../kernel/operations/operations.service';
import {
  BackupDto,
  BackupImportedDto,
  BackupItemDto,
  BackupListDto,
  BackupRemovedDto,
  BackupStartedDto,
  FileDto,
  RunDto,
} from './backups.dto';
import { RescanDto, RescanItemDto, RescanRequestDto } from './rescan.dto';
import type { BackupEntity } from '../catalogue/backup.entity';
import { CreateBackupDto, ListBackupsQuery, UpdateBackupDto } from './backup-requests.dto';
import { present } from '../../engine/optional/present';
import { BackupPlaces } from '../catalogue/backup-places';
import { BackupFiles } from '../catalogue/backup-files';
import { CopyRequests } from '../catalogue/copy-requests';
import { BackupQueue } from '../make/backup-queue';
import { BackupsService } from '../catalogue/backups.service';
import { sendBackup } from './download';
import { liveRuns, seenBy, type Sees } from './live-runs';
import { StorageRescan } from '../storage-check/storage-rescan.service';
import { Uploads } from './uploads';

const IMPORT_WARNING =
  'This file may hold anything that its maker put into it, code of the database included: restoring it trusts everyone who has the key of the backups.';

/** Making, listing, downloading and removing backups. */
@ApiTags('Backups')
@Controller('backups')
export class BackupsController {
  private readonly live = liveRuns(
    (id) => this.backups.get(id),
    (backup, sees) => this.view(backup, sees),
  );

  constructor(
    private readonly backups: BackupsService,
    private readonly queue: BackupQueue,
    private readonly files: BackupFiles,
    private readonly places: BackupPlaces,
    private readonly copyRequests: CopyRequests,
    private readonly uploads: Uploads,
    private readonly operations: OperationsService,
    private readonly storageRescan: StorageRescan,
    private readonly config: AppConfig,
  ) {}

  @Get()
  @Audited('backups.list')
  @Access('backups.read', { summary: 'List backups, newest first', response: BackupListDto })
  async list(@Query() query: ListBackupsQuery): Promise<BackupListDto> {
    const { items, total } = await this.backups.list(query);
    return { items: items.map((backup) => this.view(backup)), total };
  }

  @Post()
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Asked again with the same key, the same backup.',
  })
  @ApiBody({ type: CreateBackupDto, examples: { 'the whole database': { value: { label: 'before the upgrade' } } } })
  @Audited('backups.create', { details: ({ artifact }: BackupStartedDto) => ({ backup_id: artifact.id }) })
  @Access('backups.create', {
    summary: 'Make a backup',
    description: 'Queues it and answers at once; watch `GET /api/backups/{id}` until its status is final.',
    status: HttpStatus.ACCEPTED,
    response: BackupStartedDto,
    errors: ['backups.invalid_request', 'backups.files_not_configured', 'backups.queue_full'],
  })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateBackupDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<BackupStartedDto> {
    const backup = await this.queue.create(caller, body, request.get('idempotency-key'));
    response.location(`/api/backups/${String(backup.id)}`);
    return { run: RunDto.from(backup), artifact: this.view(backup) };
  }

  @Post('import')
  @TakesFile()
  @Audited('backups.import')
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' } } },
  })
  @Access('backups.import', {
    summary: 'Import a backup file',
    description:
      'It is verified while it arrives; nothing of a bad one stays. 200 when the same file is there already.',
    status: HttpStatus.CREATED,
    response: BackupImportedDto,
    also: { [HttpStatus.OK]: 'The same file is there already: its backup.' },
    errors: [
      'backups.invalid_format',
      'backups.decrypt_failed',
      'backups.checksum_mismatch',
      'backups.upload_too_large',
      'backups.concurrent_operation',
      'backups.no_space',
    ],
  })
  async import(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<BackupImportedDto> {
    const { backup, isNew } = await this.uploads.import(request, response);
    const { id, checksum, originFilename } = backup;
    contextOf(request).recordDetails = { backup_id: id, checksum, origin_filename: originFilename, is_new: isNew };
    response.status(isNew ? HttpStatus.CREATED : HttpStatus.OK);
    return { item: this.view(backup), warnings: backup.source === 'imported' ? [IMPORT_WARNING] : [] };
  }

  @Post('rescan')
  @Audited('backups.import')
  @Access('backups.import', {
    summary: 'Compare the catalogue with the storages',
    description:
      'Files that no backup has are read to their end and become pinned backups, so that a lost control database is made anew from any of the storages. Nothing is removed. Begins it and answers at once; watch `GET /api/backups/rescan` until its status is final.',
    status: HttpStatus.ACCEPTED,
    response: RescanItemDto,
    errors: ['backups.concurrent_operation'],
  })
  async rescan(
    @CurrentCaller() caller: Caller,
    @Body() { storage }: RescanRequestDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RescanItemDto> {
    const item = RescanDto.from(await this.storageRescan.start(caller.name, storage), seenBy(caller));
    response.location('/api/backups/rescan');
    return { item };
  }

  @Get('rescan')
  @Audited('backups.read')
  @Access('backups.read', {
    summary: 'Show the latest rescan',
    response: RescanItemDto,
    errors: ['backups.not_found'],
  })
  async latestRescan(@CurrentCaller() caller: Caller): Promise<RescanItemDto> {
    return { item: RescanDto.from(await this.storageRescan.latest(), seenBy(caller)) };
  }

  @Get(':id')
  @Audited('backups.read')
  @Access('backups.read', {
    summary: 'Show a backup',
    description: 'With `Accept: text/event-stream` as a stream of events while it changes.',
    response: BackupItemDto,
    events: true,
    errors: ['backups.not_found'],
  })
  async get(
    @CurrentCaller() caller: Caller,
    @IdParam() id: number,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<BackupItemDto | StreamableFile | undefined> {
    const sees = seenBy(caller);
    if (wantsEvents(request)) {
      return sendEvents({ request, response }, this.live(sees), {
        id,
        isClosing: () => this.operations.isClosing,
      });
    }
    return { item: await this.viewWithFiles(await this.backups.get(id), sees) };
  }

  @Patch(':id')
  @ApiBody({ type: UpdateBackupDto, examples: { pin: { value: { pinned: true } } } })
  @Audited('backups.update')
  @Access('backups.create', {
    summary: 'Change label or pin',
    description: 'Retention never removes a pinned backup.',
    response: BackupItemDto,
    errors: ['backups.not_found'],
  })
  async update(@IdParam() id: number, @Body() body: UpdateBackupDto, @Req() request: Request): Promise<BackupItemDto> {
    contextOf(request).recordDetails = { changed: body };
    return { item: this.view(await this.backups.update(id, body)) };
  }

  @Post(':id/cancel')
  @Audited('backups.cancel')
  @Access('backups.create', {
    summary: 'Cancel a queued or running backup',
    status: HttpStatus.ACCEPTED,
    response: BackupItemDto,
    also: { [HttpStatus.ACCEPTED]: 'Asked for: the backup ends soon, and its own route says when it has.' },
    errors: ['backups.not_found', 'backups.not_ready'],
  })
  async cancel(@IdParam() id: number): Promise<BackupItemDto> {
    return { item: this.view(await this.queue.cancel(id)) };
  }

  @Post(':id/copies')
  @Audited('backups.copy')
  @Access('backups.create', {
    summary: 'Make the missing copies of a backup now',
    description:
      'Copies that failed, and storages that were away, are tried again at once instead of after their pause. Watch `files` of `GET /api/backups/{id}`.',
    status: HttpStatus.ACCEPTED,
    response: BackupItemDto,
    errors: ['backups.not_found', 'backups.not_ready', 'backups.copies_not_configured'],
  })
  async copy(@IdParam() id: number): Promise<BackupItemDto> {
    return { item: await this.viewWithFiles(await this.copyRequests.ask(id)) };
  }

  @Get(':id/download')
  @Audited('backups.download')
  @Access('backups.download', {
    summary: 'Download the encrypted container',
    description: 'All of it, or what `Range` asks for; `ETag` is the SHA-256 of the file.',
    binary: true,
    also: {
      [HttpStatus.PARTIAL_CONTENT]: 'The range that was asked for.',
      [HttpStatus.NOT_MODIFIED]: 'The caller has it: `If-None-Match` names its `ETag`.',
    },
    errors: [
      'backups.not_found',
      'backups.not_ready',
      'backups.file_busy',
      'backups.file_missing',
      'backups.checksum_mismatch',
      'backups.range_not_satisfiable',
    ],
  })
  async download(
    @IdParam() id: number,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile | undefined> {
    return sendBackup(await this.files.openUnchanged(id), request, response);
  }

  @Delete(':id')
  @Audited('backups.delete')
  @Access('backups.delete', {
    summary: 'Delete a backup and its file',
    response: BackupRemovedDto,
    errors: ['backups.not_found', 'backups.file_busy', 'backups.file_locked'],
  })
  async remove(@IdParam() id: number, @Req() request: Request): Promise<BackupRemovedDto> {
    const { storageName, checksum } = await this.backups.remove(id);
    contextOf(request).recordDetails = { filename: storageName, checksum };
    return { ok: true };
  }

  private async viewWithFiles(backup: BackupEntity, sees?: Sees): Promise<BackupDto> {
    const files = await this.places.filesOf(backup);
    return Object.assign(this.view(backup, sees), present({ files: files?.map((file) => FileDto.from(file)) }));
  }

  /** A backup that cannot be opened says so before it is needed. */
  private view(backup: BackupEntity, sees: Sees = { causes: false }): BackupDto {
    const view = BackupDto.from(backup, this.config.keyRing);
    return sees.causes && backup.errorCause !== null
      ? Object.assign(view, { error_cause: { ...backup.errorCause } })
      : view;
  }
}
