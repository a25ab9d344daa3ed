import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { contextOf } from '../kernel/request/request-context';

/** The first guard: lets everything pass, and notes the route, for the record of whatever refuses the request later. */
@Injectable()
export class NoteRouteGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    contextOf(context.switchToHttp().getRequest<Request>()).route = context;
    return true;
  }
}
