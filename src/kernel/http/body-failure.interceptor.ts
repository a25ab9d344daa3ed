import { CallHandler, ExecutionContext, Injectable, NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { bodyFailureOf } from './json-body';

/** Refuses requests whose body could not be parsed, now that the guards have let them in. */
@Injectable()
export class BodyFailureInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const failure = bodyFailureOf(context.switchToHttp().getRequest<Request>());
    if (failure !== undefined) throw failure;
    return next.handle();
  }
}
