import { ApiPropertyOptional } from '@nestjs/swagger';
import { WholeNumber } from './whole-number';

/** Query of a list that is read page by page. */
export class PageQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 200, default: 100 })
  @WholeNumber(1, 200)
  limit = 100;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, default: 0 })
  @WholeNumber(0, Number.MAX_SAFE_INTEGER)
  offset = 0;
}
