import { type ArgumentMetadata, type ValidationError, ValidationPipe } from '@nestjs/common';
import { AppError } from '../errors/app-error';
import { isErrorCode } from '../errors/error-table';
import { inheritedNames } from './inherited-names';
import { isPlainText } from './plain-text';

const FIELDS_SHOWN = 20;

/** Leaves ids as they were sent: made a number first, `01` and `1e3` would pass for ids. */
class RequestValidationPipe extends ValidationPipe {
  protected override transformPrimitive(value: unknown): unknown {
    return value;
  }

  /** A class may say under which code its mistakes are told: `static readonly invalidCode`. */
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    try {
      if (!isPlainText(value)) {
        const hint = 'A text has a null character, or half a surrogate pair.';
        throw new AppError('backups.invalid_request', { details: { hint } });
      }
      const inherited = inheritedNames(value);
      if (inherited.length > 0) throw refused(inherited);
      return (await super.transform(value, metadata)) as unknown;
    } catch (error) {
      const { metatype } = metadata;
      const code = metatype !== undefined && 'invalidCode' in metatype ? metatype.invalidCode : undefined;
      if (!(error instanceof AppError) || !isErrorCode(code)) throw error;
      throw new AppError(code, { cause: error, details: error.details });
    }
  }
}

/** Bodies and queries against their classes: unknown fields are refused, and bad ones named, without their values. */
export function requestValidation(): ValidationPipe {
  return new RequestValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors: ValidationError[]) => {
      return refused(errors.map(({ property }) => property));
    },
  });
}

function refused(names: readonly string[]): AppError {
  const fields = names.slice(0, FIELDS_SHOWN).map((name) => name.slice(0, 64));
  return new AppError('backups.invalid_request', { details: { fields } });
}
