import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, MaxLength } from 'class-validator';
import { SCC_SCOPES } from '../config/scc-scopes';
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
      items: { type: 'string', enum: ['ALL', ...Object.keys(SCC_SCOPES)] },
      example: ['ALL'],
      description: `${description} An installation with BERKUT_BACKUP_SCOPES_FILE has scopes of its own.`,
    }),
    Optional(),
    IsArray(),
    ArrayMaxSize(64),
    IsString({ each: true }),
    MaxLength(64, { each: true }),
  );
}
