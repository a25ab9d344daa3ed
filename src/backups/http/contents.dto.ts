import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { Optional } from '../../kernel/http/optional';
import { WholeNumber } from '../../kernel/http/whole-number';
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
