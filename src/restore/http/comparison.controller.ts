import { Controller, Get, HttpStatus, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Audited } from '../../audit/audited';
import { writtenName } from '../../engine/postgres/extract/table-choice';
import { Access } from '../../kernel/access/access.decorator';
import { CurrentCaller } from '../../kernel/access/current-caller';
import { IdParam } from '../../kernel/http/id.pipe';
import type { Caller } from '../../kernel/request/caller';
import { contextOf } from '../../kernel/request/request-context';
import { Comparisons } from '../comparison/comparisons.service';
import { RestoreService } from '../run/restore.service';
import { ComparedTableDto, ComparisonItemDto, ComparisonQuery, DifferingKeysDto } from './comparison.dto';

/** What a kept rehearsal would change. */
@ApiTags('Restore')
@Controller('backups')
export class ComparisonController {
  constructor(
    private readonly comparisons: Comparisons,
    private readonly restores: RestoreService,
  ) {}

  @Get('restores/:id/comparison')
  @Audited('backups.restore.read', { field: 'table' })
  @Access('backups.read', {
    summary: 'Compare the database that a rehearsal keeps with the target',
    description:
      'Made in the background: the first request begins it, and it is 202 with `status` `running` until it is there. It is kept with the run. Numbers of rows and names of definitions are shown to all who may read; primary keys of rows that differ, with `table`, to callers with `backups.extract`.',
    response: ComparisonItemDto,
    also: { [HttpStatus.ACCEPTED]: 'It is being made: what has been compared so far.' },
    errors: ['backups.not_found', 'backups.not_ready', 'backups.table_not_found'],
  })
  async get(
    @CurrentCaller() caller: Caller,
    @IdParam() id: number,
    @Query() { limit, offset, table: written, refresh }: ComparisonQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ComparisonItemDto> {
    await this.restores.get(id);
    const comparison = await this.comparisons.get(id, refresh === 'true');
    response.status(comparison.status === 'running' ? HttpStatus.ACCEPTED : HttpStatus.OK);
    response.setHeader('Cache-Control', 'no-store');
    if (written === undefined) {
      const { items, ...numbers } = await this.comparisons.tables(id, { limit, offset });
      return ComparisonItemDto.from(
        comparison,
        numbers,
        items.map((each) => ComparedTableDto.from(each)),
      );
    }
    const numbers = await this.comparisons.tables(id, { limit: 1, offset: 0 });
    const table = await this.comparisons.table(comparison, written);
    if (table === undefined) return ComparisonItemDto.from(comparison, numbers, [], []);
    const found = caller.permissions.has('backups.extract') ? this.comparisons.keysOf(table) : undefined;
    const keys = found === undefined ? undefined : DifferingKeysDto.from(found, limit);
    contextOf(request).recordDetails = {
      table: writtenName(table),
      ...(keys === undefined ? {} : { shows_keys: true }),
    };
    const definitions = comparison.definitions.filter(
      ({ table: of }) => of?.schema === table.schema && of.name === table.name,
    );
    return ComparisonItemDto.from(comparison, numbers, [ComparedTableDto.from(table, keys)], definitions);
  }
}
