import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { ErrorBody } from './error-body';
import { type ErrorCode, ERRORS } from './error-table';

class ErrorContentDto {
  @ApiProperty({
    enum: Object.keys(ERRORS),
    example: 'backups.not_found',
    description: 'Stable word for programs; docs/api.md has the table.',
  })
  code!: ErrorCode;

  @ApiProperty({ example: 'backups.error.notFound', description: 'Key of the web UI’s translation.' })
  i18n_key!: string;

  @ApiProperty({ description: 'A fixed sentence that reveals nothing of the inside.' })
  message!: string;

  @ApiProperty({ description: 'Names the log lines of this request.' })
  request_id!: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'What else is known of it.' })
  details?: Record<string, unknown>;
}

/** The envelope of every error response, for the API document. */
export class ErrorDto implements ErrorBody {
  @ApiProperty({ type: ErrorContentDto })
  error!: ErrorContentDto;
}
