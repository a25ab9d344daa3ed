import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, MaxLength } from 'class-validator';
import { Optional } from './optional';

/**
 * A list of scopes in a body.
 *
 * @param description what the scopes are for
 */
export function ScopeList(description: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'array',
      items: { type: 'string' },
      example: ['ALL'],
      description: `${description} \`GET /api/backups/scopes\` shows which there are.`,
    }),
    Optional(),
    IsArray(),
    ArrayMaxSize(64),
    IsString({ each: true }),
    MaxLength(64, { each: true }),
  );
}
