import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';
import type { DifferingKeys } from '../../engine/postgres/compare/compare-rows';
import type { DefinitionDifference } from '../../engine/postgres/compare/definitions';
import { present } from '../../engine/optional/present';
import { writtenName } from '../../engine/postgres/extract/table-choice';
import { ERRORS } from '../../kernel/errors/error-table';
import { Optional } from '../../kernel/http/optional';
import { WholeNumber } from '../../kernel/http/whole-number';
import type { ComparedTableEntity } from '../comparison/compared-table.entity';
import { COMPARISON_STATUSES, type ComparisonEntity, type ComparisonStatus } from '../comparison/comparison.entity';

const PLACES = ['both', 'backup', 'target'] as const;
const STATES = ['only_in_backup', 'only_in_target', 'different'] as const;
const KINDS = [
  'column',
  'constraint',
  'index',
  'trigger',
  'policy',
  'partition',
  'view',
  'function',
  'type',
  'sequence',
] as const;
const REASONS = ['not_readable', 'locked', 'changing', 'failed'] as const;

/** Query of `GET /api/backups/restores/{id}/comparison`. */
export class ComparisonQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 100,
    description:
      'How many tables, those that differ first; with `table`, how many keys of each kind, of 100 that are kept.',
  })
  @WholeNumber(1, 1000)
  limit = 100;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, default: 0, description: 'How many tables to leave out.' })
  @WholeNumber(0, Number.MAX_SAFE_INTEGER)
  offset = 0;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: 1025,
    example: 'public.docs',
    description:
      'Only this table, quoted as in SQL; with the primary keys of rows that differ, for callers with `backups.extract`.',
  })
  @Optional()
  @IsString()
  @Length(1, 1025)
  table?: string;

  @ApiPropertyOptional({
    enum: ['true', 'false'],
    default: 'false',
    description: 'Compares anew, unless it is being done.',
  })
  @Optional()
  @IsIn(['true', 'false'])
  refresh?: 'true' | 'false';
}

/** A definition that is only in one database, or not the same in both. */
export class DefinitionDifferenceDto {
  @ApiProperty({ enum: KINDS, description: 'What it defines.' })
  kind!: DefinitionDifference['kind'];

  @ApiPropertyOptional({ example: 'public.docs', description: 'The table that it belongs to.' })
  table?: string;

  @ApiProperty({ example: 'title', description: 'Its name.' })
  name!: string;

  @ApiProperty({ enum: STATES, description: 'How it differs.' })
  state!: DefinitionDifference['state'];

  static from({ kind, table, name, state }: DefinitionDifference): DefinitionDifferenceDto {
    return { kind, name, state, ...present({ table: table === null ? undefined : writtenName(table) }) };
  }
}

/** Primary keys of rows that differ, each as the texts of its columns. */
export class DifferingKeysDto {
  @ApiProperty({
    type: 'array',
    items: { type: 'array', items: { type: 'string' } },
    example: [['41']],
    description: 'Rows that would come.',
  })
  only_in_backup!: string[][];

  @ApiProperty({
    type: 'array',
    items: { type: 'array', items: { type: 'string' } },
    example: [['7'], ['8']],
    description: 'Rows that would go.',
  })
  only_in_target!: string[][];

  @ApiProperty({
    type: 'array',
    items: { type: 'array', items: { type: 'string' } },
    example: [['12']],
    description: 'Rows that would change.',
  })
  different!: string[][];

  static from(keys: DifferingKeys, limit: number): DifferingKeysDto {
    const { only_in_backup: ours = [], only_in_target: theirs = [], different = [] } = keys;
    return {
      only_in_backup: ours.slice(0, limit),
      only_in_target: theirs.slice(0, limit),
      different: different.slice(0, limit),
    };
  }
}

/** Why a table could not be compared. */
export class TableProblemDto {
  @ApiProperty({ enum: REASONS, description: '`changing`: it was rewritten again and again.' })
  reason!: (typeof REASONS)[number];

  @ApiPropertyOptional({ example: '42501', description: 'What the server said.' })
  sqlstate?: string;
}

/** What would change in one table. Numbers that are not known are absent. */
export class ComparedTableDto {
  @ApiProperty({ example: 'public.docs', description: 'Schema and name, quoted as in SQL where that is needed.' })
  table!: string;

  @ApiProperty({ enum: PLACES, description: 'Which database has it.' })
  is_in!: (typeof PLACES)[number];

  @ApiProperty({ description: 'Rows differ, it is in one database only, or it could not be compared.' })
  is_different!: boolean;

  @ApiPropertyOptional({ description: 'Rows in the database of the rehearsal.' })
  rows_in_backup?: number;

  @ApiPropertyOptional({ description: 'Rows in the target when it was read.' })
  rows_in_target?: number;

  @ApiPropertyOptional({ description: 'Rows that would come.' })
  only_in_backup?: number;

  @ApiPropertyOptional({ description: 'Rows that would go.' })
  only_in_target?: number;

  @ApiPropertyOptional({ description: 'Rows of the same primary key with other values; absent where there is none.' })
  different?: number;

  @ApiPropertyOptional({ type: TableProblemDto })
  problem?: TableProblemDto;

  @ApiPropertyOptional({ type: DifferingKeysDto })
  keys?: DifferingKeysDto;

  static from(
    { schema, name, isIn, isDifferent, counts, problem }: ComparedTableEntity,
    keys?: DifferingKeysDto,
  ): ComparedTableDto {
    return {
      table: writtenName({ schema, name }),
      is_in: isIn,
      is_different: isDifferent,
      ...present({
        rows_in_backup: counts.rowsInBackup,
        rows_in_target: counts.rowsInTarget,
        only_in_backup: counts.onlyInBackup,
        only_in_target: counts.onlyInTarget,
        different: counts.different,
        problem: problem === null ? undefined : { reason: problem.reason, ...present({ sqlstate: problem.sqlState }) },
        keys,
      }),
    };
  }
}

/** What promoting the database of a rehearsal would change in the target. */
export class ComparisonDto {
  @ApiProperty({ example: 3, description: 'The rehearsal.' })
  restore_id!: number;

  @ApiProperty({ enum: COMPARISON_STATUSES, description: 'How far it is.' })
  status!: ComparisonStatus;

  @ApiProperty({ format: 'date-time', description: 'When it was begun.' })
  started_at!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it ended.' })
  finished_at?: string;

  @ApiPropertyOptional({ description: 'Why it failed.' })
  error_code?: string;

  @ApiPropertyOptional({ description: 'The same in words.' })
  error_message?: string;

  @ApiProperty({ description: 'Tables of both databases together; 0 until that is known.' })
  tables_total!: number;

  @ApiProperty({ description: 'How many have been compared.' })
  tables_compared!: number;

  @ApiProperty({ description: 'How many of those differ.' })
  tables_different!: number;

  @ApiProperty({ type: [DefinitionDifferenceDto], description: 'Definitions that differ; with `table` only its own.' })
  definitions!: DefinitionDifferenceDto[];

  @ApiProperty({ type: [ComparedTableDto], description: 'Those of this page.' })
  tables!: ComparedTableDto[];
}

/** `GET /api/backups/restores/{id}/comparison`. */
export class ComparisonItemDto {
  @ApiProperty({ type: ComparisonDto })
  item!: ComparisonDto;

  static from(
    { runId, status, startedAt, finishedAt, errorCode, tableCount, definitions }: ComparisonEntity,
    { total, different }: { readonly total: number; readonly different: number },
    tables: ComparedTableDto[],
    shown: readonly DefinitionDifference[] = definitions,
  ): ComparisonItemDto {
    return {
      item: {
        restore_id: runId,
        status,
        started_at: startedAt.toISOString(),
        ...present({
          finished_at: finishedAt?.toISOString(),
          error_code: errorCode,
          error_message: errorCode === null ? undefined : ERRORS[errorCode].message,
        }),
        tables_total: tableCount,
        tables_compared: total,
        tables_different: different,
        definitions: shown.map((each) => DefinitionDifferenceDto.from(each)),
        tables,
      },
    };
  }
}
