import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsString, Matches, MaxLength } from 'class-validator';
import { present } from '../engine/optional/present';
import { Optional } from '../kernel/http/optional';
import { WholeNumber } from '../kernel/http/whole-number';
import type { AuditRecordEntity } from './audit-record.entity';
import type { ChainVerdict } from './judge-chain';

/** RFC 3339, or a day of UTC; ISO 8601 knows weeks and more that `Date` does not. */
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))?$/;

/** Query of `GET /api/audit`. */
export class AuditQuery {
  @ApiPropertyOptional({ description: 'Exactly this name.' })
  @Optional()
  @IsString()
  @MaxLength(256)
  actor?: string;

  @ApiPropertyOptional({ example: 'backups.create', description: 'What was asked for.' })
  @Optional()
  @Matches(/^[a-z_.]{1,64}$/)
  action?: string;

  @ApiPropertyOptional({ example: 'denied', description: 'What became of it.' })
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
  @ApiProperty({ description: 'Place in the chain, from 1.' })
  seq!: number;

  @ApiProperty({ format: 'date-time', description: 'When.' })
  at!: string;

  @ApiProperty({ example: 'alice', description: 'Who asked: the name in the token, or the service itself.' })
  actor!: string;

  @ApiProperty({ type: [String], description: 'Roles in the token.' })
  actor_roles!: string[];

  @ApiPropertyOptional({ description: 'Address of the caller.' })
  source_ip?: string;

  @ApiPropertyOptional({ description: 'Of the request, as in `X-Request-Id`.' })
  request_id?: string;

  @ApiProperty({ example: 'backups.create', description: 'What was asked for.' })
  action!: string;

  @ApiProperty({
    enum: ['requested', 'success', 'failed', 'denied', 'queued', 'canceled', 'not_found'],
    description: 'What became of it.',
  })
  result!: string;

  @ApiPropertyOptional({ example: 'backup/12', description: 'What it was about.' })
  resource?: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What else is known of it.' })
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
      ...present({ source_ip: record.sourceIp, request_id: record.requestId }),
      action: record.action,
      result: record.result,
      ...present({ resource: record.resource }),
      details: record.details,
      prev_hash: record.prevHash,
      hash: record.hash,
      signature: record.signature,
    };
  }
}

/** `GET /api/audit`. */
export class AuditPageDto {
  @ApiProperty({ type: [AuditRecordDto], description: 'Those of this page.' })
  items!: AuditRecordDto[];

  @ApiPropertyOptional({ description: 'Absent on the last page.' })
  next_cursor?: string;
}

class BrokenRecordDto {
  @ApiProperty({ description: 'Place in the chain, from 1.' })
  seq!: number;

  @ApiProperty({ enum: ['missing', 'changed', 'out of order', 'signature', 'rewritten'], description: 'Why.' })
  reason!: NonNullable<ChainVerdict['first_broken']>['reason'];
}

class ChainHeadDto {
  @ApiProperty({ description: 'Place in the chain, from 1.' })
  seq!: number;

  @ApiProperty({ description: 'SHA-256 of the record and the one before it, hex.' })
  hash!: string;
}

/** `GET /api/audit/verify`. */
export class ChainVerdictDto implements ChainVerdict {
  @ApiProperty({ description: 'Whether no record was changed or removed.' })
  ok!: boolean;

  @ApiProperty({ description: 'Records in order, from the first one.' })
  count!: number;

  @ApiPropertyOptional({ type: ChainHeadDto })
  head?: ChainHeadDto;

  @ApiPropertyOptional({ type: BrokenRecordDto, description: 'The first record that is not as it was written.' })
  first_broken?: BrokenRecordDto;
}
