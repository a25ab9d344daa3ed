import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsString, Matches, MaxLength } from 'class-validator';
import { Optional } from '../kernel/http/optional';
import { WholeNumber } from '../kernel/http/whole-number';
import type { AuditRecordEntity } from './audit-record.entity';
import type { ChainVerdict } from './audit-log.service';

/** RFC 3339, or a day of UTC; ISO 8601 knows weeks and more that `Date` does not. */
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))?$/;

/** Query of `GET /api/audit`. */
export class AuditQuery {
  @ApiPropertyOptional({ description: 'Exactly this name.' })
  @Optional()
  @IsString()
  @MaxLength(256)
  actor?: string;

  @ApiPropertyOptional({ example: 'backups.create' })
  @Optional()
  @Matches(/^[a-z_.]{1,64}$/)
  action?: string;

  @ApiPropertyOptional({ example: 'denied' })
  @Optional()
  @Matches(/^[a-z_]{1,32}$/)
  result?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  @Optional()
  @IsISO8601({ strict: true })
  @Matches(TIME)
  from?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  @Optional()
  @IsISO8601({ strict: true })
  @Matches(TIME)
  to?: string;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before.' })
  @Optional()
  @Matches(/^[1-9]\d{0,15}$/)
  cursor?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 500, default: 100 })
  @WholeNumber(1, 500)
  limit = 100;
}

/** One record of the audit log. */
export class AuditRecordDto {
  @ApiProperty()
  seq!: number;

  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ example: 'alice' })
  actor!: string;

  @ApiProperty({ type: [String] })
  actor_roles!: string[];

  @ApiPropertyOptional()
  source_ip?: string;

  @ApiPropertyOptional()
  request_id?: string;

  @ApiProperty({ example: 'backups.create' })
  action!: string;

  @ApiProperty({ enum: ['requested', 'success', 'failed', 'denied', 'queued', 'canceled', 'not_found'] })
  result!: string;

  @ApiPropertyOptional({ example: 'backup/12' })
  resource?: string;

  @ApiProperty({ type: 'object', additionalProperties: true })
  details!: object;

  @ApiProperty({ description: 'SHA-256 of the record before.' })
  prev_hash!: string;

  @ApiProperty({ description: 'SHA-256 of this record and `prev_hash`.' })
  hash!: string;

  @ApiProperty({ description: 'HMAC of `hash`.' })
  signature!: string;

  static from(record: AuditRecordEntity): AuditRecordDto {
    return {
      seq: record.seq,
      at: record.at.toISOString(),
      actor: record.actor,
      actor_roles: record.actorRoles,
      ...(record.sourceIp === null ? {} : { source_ip: record.sourceIp }),
      ...(record.requestId === null ? {} : { request_id: record.requestId }),
      action: record.action,
      result: record.result,
      ...(record.resource === null ? {} : { resource: record.resource }),
      details: record.details,
      prev_hash: record.prevHash,
      hash: record.hash,
      signature: record.signature,
    };
  }
}

/** `GET /api/audit`. */
export class AuditPageDto {
  @ApiProperty({ type: [AuditRecordDto] })
  items!: AuditRecordDto[];

  @ApiPropertyOptional({ description: 'Absent on the last page.' })
  next_cursor?: string;
}

class BrokenRecordDto {
  @ApiProperty()
  seq!: number;

  @ApiProperty({ enum: ['missing', 'changed', 'out of order', 'signature', 'rewritten'] })
  reason!: NonNullable<ChainVerdict['first_broken']>['reason'];
}

class ChainHeadDto {
  @ApiProperty()
  seq!: number;

  @ApiProperty()
  hash!: string;
}

/** `GET /api/audit/verify`. */
export class ChainVerdictDto implements ChainVerdict {
  @ApiProperty()
  ok!: boolean;

  @ApiProperty({ description: 'Records in order, from the first one.' })
  count!: number;

  @ApiPropertyOptional({ type: ChainHeadDto })
  head?: ChainHeadDto;

  @ApiPropertyOptional({ type: BrokenRecordDto })
  first_broken?: BrokenRecordDto;
}
