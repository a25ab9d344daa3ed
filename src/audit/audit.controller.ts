import { Readable } from 'node:stream';
import { Controller, Get, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { present } from '../engine/optional/present';
import { Access } from '../kernel/access/access.decorator';
import { AuditPageDto, AuditQuery, AuditRecordDto, ChainVerdictDto } from './audit.dto';
import { toCsv, toNdjson } from './audit-export';
import { type AuditFilter, AuditLogService } from './audit-log.service';
import { Audited } from './audited';

/** Reading the audit log, and proving that it is what was written. */
@ApiTags('Audit')
@Controller('audit')
export class AuditController {
  constructor(private readonly log: AuditLogService) {}

  @Get()
  @Audited('audit.read')
  @Access('audit.read', {
    summary: 'Read the audit log, newest first',
    description: 'With `Accept: text/csv` or `application/x-ndjson` all that matches, oldest first, as a stream.',
    response: AuditPageDto,
  })
  async list(
    @Query() query: AuditQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AuditPageDto | StreamableFile> {
    const filter = filterOf(query);
    const wanted = request.accepts(['application/json', 'text/csv', 'application/x-ndjson']);
    if (wanted === 'text/csv' || wanted === 'application/x-ndjson') {
      response.setHeader('Content-Type', `${wanted}; charset=utf-8`);
      const records = dtosOf(this.log.all(filter));
      const lines = wanted === 'text/csv' ? toCsv(records) : toNdjson(records);
      return new StreamableFile(Readable.from(lines)).setErrorHandler(() => response.destroy());
    }
    const before = query.cursor === undefined ? undefined : Number(query.cursor);
    const page = await this.log.page(filter, query.limit, before);
    const last = page.at(-1);
    return {
      items: page.map((record) => AuditRecordDto.from(record)),
      ...present({ next_cursor: page.length < query.limit || last === undefined ? undefined : String(last.seq) }),
    };
  }

  @Get('verify')
  @Audited('audit.verify')
  @Access('audit.read', {
    summary: 'Verify the chain of the audit log',
    description:
      'Finds the first record that was changed, removed, inserted or moved, and whether the log still ends with, or goes through, the records that backups remember.',
    response: ChainVerdictDto,
  })
  async verify(): Promise<ChainVerdictDto> {
    return this.log.verify();
  }
}

function filterOf({ actor, action, result, from, to }: AuditQuery): AuditFilter {
  return {
    actor,
    action,
    result,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
}

async function* dtosOf(
  records: AsyncIterable<Parameters<typeof AuditRecordDto.from>[0]>,
): AsyncGenerator<AuditRecordDto, void, undefined> {
  for await (const record of records) yield AuditRecordDto.from(record);
}
