import { TableChoiceError } from '../../engine/postgres/extract/table-choice';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { ToolError } from '../../engine/process/tool-error';
import { AppError } from '../../kernel/errors/app-error';

/**
 * What a caller is told of content that cannot be given: a name that stands for no table or for more than one, an archive of an
 * unknown format, a program that has failed over it. Any other error stays what it is.
 */
export function contentRefusal(error: unknown): unknown {
  if (error instanceof RestoreError) return new AppError('backups.invalid_format', { cause: error });
  // Not a dump that has failed, which the code of its own would say.
  if (error instanceof ToolError) return new AppError('backups.internal', { cause: error });
  if (!(error instanceof TableChoiceError)) return error;
  const { reason, near } = error;
  if (reason === 'malformed') {
    const details = { fields: ['table'], hint: 'Write schema.table, quoted as in SQL.' };
    return new AppError('backups.invalid_request', { cause: error, details });
  }
  const details = {
    ...(reason === 'ambiguous' ? { hint: 'Several tables have this name: give the schema, too.' } : {}),
    ...(near.length === 0 ? {} : { similar: near }),
  };
  const isEmpty = Object.keys(details).length === 0;
  return new AppError('backups.table_not_found', { cause: error, details: isEmpty ? undefined : details });
}
