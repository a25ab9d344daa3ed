import type { AppError } from './app-error';
import { ERRORS } from './error-table';

/** The envelope of every error response. */
export interface ErrorBody {
  error: {
    code: string;
    i18n_key: string;
    message: string;
    request_id: string;
    details?: Readonly<Record<string, unknown>> | undefined;
  };
}

/** @param requestId so that a caller can name the log lines that say more */
export function errorBody(error: AppError, requestId: string): ErrorBody {
  const { message } = ERRORS[error.code];
  return {
    error: {
      code: error.code,
      i18n_key: error.i18nKey,
      message,
      request_id: requestId,
      details: error.details,
    },
  };
}
