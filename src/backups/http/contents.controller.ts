import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Audited } from '../../audit/audited';
import { Access } from '../../kernel/access/access.decorator';
import { IdParam } from '../../kernel/http/id.pipe';
import { whenGone } from '../../kernel/http/when-gone';
import { TableLists } from '../contents/table-lists.service';
import { ListTablesQuery, TableDto, TableListDto } from './contents.dto';

/** Looking into backups. */
@ApiTags('Backups')
@Controller('backups')
export class ContentsController {
  constructor(private readonly lists: TableLists) {}

  @Get(':id/tables')
  @Audited('backups.read')
  @Access('backups.read', {
    summary: 'List the tables of a backup',
    description:
      'Those that it has rows of, by schema and name. Files of earlier versions do not say all of it: what they do not say is `null`.',
    response: TableListDto,
    errors: [
      'backups.not_found',
      'backups.not_ready',
      'backups.file_busy',
      'backups.file_missing',
      'backups.concurrent_operation',
      'backups.decrypt_failed',
      'backups.checksum_mismatch',
      'backups.invalid_format',
    ],
  })
  async tables(
    @IdParam() id: number,
    @Query() query: ListTablesQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TableListDto> {
    const { items, total } = await this.lists.list(id, query, whenGone(response));
    return { items: items.map((table) => TableDto.from(table)), total };
  }
}
