import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { AppError } from '../errors/app-error';
import type { Caller } from '../request/caller';
import { contextOf } from '../request/request-context';

/** The caller as a handler's argument. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = contextOf(context.switchToHttp().getRequest<Request>());
  if (caller === undefined) throw new AppError('auth.unauthorized');
  return caller;
});
