import { Controller, Get, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Audited } from '../../audit/audited';
import { present } from '../../engine/optional/present';
import { Access } from '../../kernel/access/access.decorator';
import { sanitize } from '../../kernel/errors/sanitize';
import type { ErrorCode } from '../../kernel/errors/error-table';
import { IdParam } from '../../kernel/http/id.pipe';
import { whenGone } from '../../kernel/http/when-gone';
import { contextOf } from '../../kernel/request/request-context';
import { contentRefusal } from '../contents/content-refusal';
import { Extracts } from '../contents/extracts.service';
import { TableLists } from '../contents/table-lists.service';
import { ListTablesQuery, RowsDto, RowsQuery, SqlQuery, TableDto, TableListDto } from './contents.dto';

/** What opening a backup may answer. */
const OPENING: readonly ErrorCode[] = [
  'backups.not_found',
  'backups.not_ready',
  'backups.file_busy',
  'backups.file_missing',
  'backups.concurrent_operation',
  'backups.decrypt_failed',
  'backups.checksum_mismatch',
  'backups.invalid_format',
];
/** What reading a table of it may answer. */
const READING: readonly ErrorCode[] = [...OPENING, 'backups.table_not_found', 'backups.tool_version_mismatch'];

/** Looking into backups. */
@ApiTags('Backups')
@Controller('backups')
export class ContentsController {
  constructor(
    private readonly lists: TableLists,
    private readonly extracts: Extracts,
  ) {}

  @Get(':id/tables')
  @Audited('backups.read')
  @Access('backups.read', {
    summary: 'List the tables of a backup',
    description:
      'Those that it has rows of, by schema and name. Files of earlier versions do not say all of it: what they do not say is `null`.',
    response: TableListDto,
    errors: OPENING,
  })
  async tables(
    @IdParam() id: number,
    @Query() query: ListTablesQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TableListDto> {
    const { items, total } = await this.lists.list(id, query, whenGone(response));
    return { items: items.map((table) => TableDto.from(table)), total };
  }

  @Get(':id/sql')
  @Audited('backups.extract', { field: 'table', isNeverCounted: true })
  @Access('backups.extract', {
    summary: 'Read a backup, or one table of it, as SQL',
    description:
      'Statements for `psql` and an empty database: definitions and rows. Those of one table are one transaction, without owners, rights, and what needs other tables; the text says what was left out. When something fails after the first byte, the connection breaks.',
    binary: true,
    mediaType: 'application/sql',
    errors: READING,
  })
  async sql(
    @IdParam() id: number,
    @Query() { table: written }: SqlQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    const { table, stream } = await this.extracts.sql(id, written, whenGone(response));
    if (table !== undefined) contextOf(request).recordDetails = { table };
    stream.once('error', (error) => {
      contextOf(request).recordDetails = { ...present({ table }), error_code: sanitize(contentRefusal(error)).code };
    });
    response.setHeader('Cache-Control', 'no-store');
    return new StreamableFile(stream, {
      type: 'application/sql',
      disposition: `attachment; filename="backup-${id}${table === undefined ? '' : '-table'}.sql"`,
    }).setErrorHandler(() => response.destroy());
  }

  @Get(':id/rows')
  @Audited('backups.extract', { field: 'table', isNeverCounted: true })
  @Access('backups.extract', {
    summary: 'Show the first rows of a table of a backup',
    description:
      'Every value is a text. Values beyond 64 KiB are cut, and after 4 MiB no more rows follow, however many were asked for.',
    response: RowsDto,
    errors: READING,
  })
  async rows(
    @IdParam() id: number,
    @Query() { table: written, limit }: RowsQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RowsDto> {
    const found = await this.extracts.rows(id, written, limit, whenGone(response));
    contextOf(request).recordDetails = { table: found.table, rows: found.items.length };
    response.setHeader('Cache-Control', 'no-store');
    return RowsDto.from(found);
  }
}
