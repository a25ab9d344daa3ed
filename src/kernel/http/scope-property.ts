import type { ApiPropertyOptions } from '@nestjs/swagger';
import { SCC_SCOPES } from '../config/scc-scopes';

/**
 * A list of scopes as the API document shows it.
 *
 * @param description what the scopes are for
 */
export function scopeProperty(description: string): ApiPropertyOptions {
  return {
    type: 'array',
    items: { type: 'string', enum: ['ALL', ...Object.keys(SCC_SCOPES)] },
    example: ['ALL'],
    description: `${description} An installation with BERKUT_BACKUP_SCOPES_FILE has scopes of its own.`,
  };
}
