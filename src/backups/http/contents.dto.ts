import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length, MaxLength } from 'class-validator';
import { Optional } from '../../kernel/http/optional';
import { WholeNumber } from '../../kernel/http/whole-number';
import type { FirstRows, TextRow } from '../../engine/postgres/extract/first-rows';
import type { ListedTable } from '../../engine/postgres/extract/listed-tables';
import { writtenName } from '../../engine/postgres/extract/table-choice';

/** Query of `GET /api/backups/{id}/tables`. */
export class ListTablesQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000, default: 100 })
  @WholeNumber(1, 1000)
  limit = 100;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, default: 0 })
  @WholeNumber(0, Number.MAX_SAFE_INTEGER)
  offset = 0;

  @ApiPropertyOptional({ maxLength: 100, description: 'Part of `schema.name`, in any case.' })
  @Optional()
  @IsString()
  @MaxLength(100)
  q?: string;
}

/** The name of a table: two names of 255 characters at most, each of which may be doubled by quotes. */
const TABLE = { minLength: 1, maxLength: 1025, example: 'public.docs' };
const TABLE_MEANING =
  'Schema and name of a table, or the name alone where no other schema has it. Quoted as in SQL: `public."Odd name"`.';

/** Query of `GET /api/backups/{id}/sql`. */
export class SqlQuery {
  @ApiPropertyOptional({ ...TABLE, description: `${TABLE_MEANING} Without it the whole database.` })
  @Optional()
  @IsString()
  @Length(TABLE.minLength, TABLE.maxLength)
  table?: string;
}

/** Query of `GET /api/backups/{id}/rows`. */
export class RowsQuery {
  @ApiProperty({ ...TABLE, description: TABLE_MEANING })
  @IsString()
  @Length(TABLE.minLength, TABLE.maxLength)
  table!: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000, default: 100 })
  @WholeNumber(1, 1000)
  limit = 100;
}

/** A table that a backup has rows of. `null`: the file, made by an earlier version, does not say. */
export class TableDto {
  @ApiProperty({
    example: 'public.docs',
    description: 'Schema and name, quoted as in SQL where that is needed: as `table` of other routes takes it.',
  })
  table!: string;

  @ApiProperty({ example: 'public', description: 'Schema, as it is.' })
  schema!: string;

  @ApiProperty({ example: 'docs', description: 'Name, as it is.' })
  name!: string;

  @ApiProperty({ type: Number, nullable: true, example: 400, description: 'Rows in the backup.' })
  rows!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 352_256,
    description:
      'Size of the table in the database when it was backed up, without its indexes. Not its share of the file.',
  })
  bytes!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 29_172,
    description: 'Size of its rows in the backup as text, unpacked. The file is compressed, and smaller.',
  })
  text_bytes!: number | null;

  @ApiProperty({
    type: [String],
    nullable: true,
    example: ['id', 'title'],
    description: 'Columns that have values in the backup, in their order. Generated columns have none.',
  })
  columns!: readonly string[] | null;

  @ApiPropertyOptional({
    example: 'public.log',
    description: 'Of a partition: the partitioned table at the top. It stands for all of its partitions.',
  })
  partition_of?: string;

  static from(listed: ListedTable): TableDto {
    const { schema, name, rows, bytes, textBytes, columns, partitionRoot } = listed;
    return {
      ...{ table: writtenName(listed), schema, name },
      ...{ rows: rows ?? null, bytes: bytes ?? null, text_bytes: textBytes ?? null, columns: columns ?? null },
      ...(partitionRoot === undefined ? {} : { partition_of: writtenName(partitionRoot) }),
    };
  }
}

/** `GET /api/backups/{id}/tables`. */
export class TableListDto {
  @ApiProperty({ type: [TableDto], description: 'Those of this page, by schema and name.' })
  items!: TableDto[];

  @ApiProperty({ description: 'How many there are without limit and offset.' })
  total!: number;
}

/** A value of which only the beginning is there. */
export class CutValueDto {
  @ApiProperty({ example: 0, description: 'Number of the row in `items`, from 0.' })
  item!: number;

  @ApiProperty({ example: 'content', description: 'Its column.' })
  column!: string;
}

/** `GET /api/backups/{id}/rows`. */
export class RowsDto {
  @ApiProperty({ example: 'public.docs', description: 'The table, as it is written in SQL.' })
  table!: string;

  @ApiProperty({ type: [String], example: ['id', 'title'], description: 'Names of the columns, in their order.' })
  columns!: readonly string[];

  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: { type: 'string', nullable: true } },
    example: [{ id: '1', title: 'A title' }],
    description: "By name of the column. Every value is a text, in PostgreSQL's text form, or null.",
  })
  items!: readonly TextRow[];

  @ApiProperty({ example: true, description: 'The table has more rows than these.' })
  has_more!: boolean;

  @ApiPropertyOptional({ type: [CutValueDto], description: 'Values that were too long, and are cut.' })
  cut?: CutValueDto[];

  static from({ table, columns, items, hasMore, cut }: FirstRows & { readonly table: string }): RowsDto {
    return { table, columns, items, has_more: hasMore, ...(cut.length === 0 ? {} : { cut: [...cut] }) };
  }
}
