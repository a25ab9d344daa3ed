import { CallHandler, ExecutionContext, Injectable, NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { AppError } from '../errors/app-error';
import { contextOf } from '../request/request-context';
import { TAKES_FILE } from './takes-file';

/** Nest's number for `@Body()` among the arguments of a handler, with which its metadata begins. */
const BODY_ARGUMENT = /^3:/;

/**
 * Refuses requests whose body could not be parsed, now that the guards have let them in. It also refuses fields sent to a
 * route that takes none: the caller means something by them that would be ignored.
 */
@Injectable()
export class BodyFailureInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.reflector.get<boolean | undefined>(TAKES_FILE, context.getHandler()) === true) return next.handle();
    const request = context.switchToHttp().getRequest<Request>();
    const { bodyFailure } = contextOf(request);
    if (bodyFailure !== undefined) throw bodyFailure;
    if (!takesBody(context)) refuseFields(request.body);
    return next.handle();
  }
}

function takesBody(context: ExecutionContext): boolean {
  const parameters: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name);
  return (
    typeof parameters === 'object' &&
    parameters !== null &&
    Object.keys(parameters).some((key) => BODY_ARGUMENT.test(key))
  );
}

function refuseFields(body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  const fields = Object.keys(body).map((name) => name.slice(0, 64));
  if (fields.length > 0) throw new AppError('backups.invalid_request', { details: { fields: fields.slice(0, 20) } });
}
