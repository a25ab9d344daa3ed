import { CallHandler, ExecutionContext, Injectable, NestInterceptor } from '@nestjs/common';
import { catchError, type Observable, throwError } from 'rxjs';
import { sanitize } from './sanitize';

/** Turns whatever a handler throws into an error of the table, so that what lies around it sees nothing else. */
@Injectable()
export class SanitizeErrorsInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError((error: unknown) => throwError(() => sanitize(error))));
  }
}
