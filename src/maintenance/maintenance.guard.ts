import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { contextOf } from '../kernel/request/request-context';
import { AppError } from '../kernel/errors/app-error';
import { ALLOWED_IN_MAINTENANCE } from './allowed-in-maintenance';
import { MaintenanceService } from './maintenance.service';

/**
 * Answers 503 to everything but what is allowed while a restore runs. It comes before the guards that refuse for another
 * reason: no caller, whatever its rights, may work on a database that is being replaced.
 */
@Injectable()
export class MaintenanceGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly maintenance: MaintenanceService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const isAllowed = this.reflector.getAllAndOverride<boolean | undefined>(ALLOWED_IN_MAINTENANCE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (isAllowed === true) return true;
    const { caller } = contextOf(context.switchToHttp().getRequest<Request>());
    const active = await (caller === undefined ? this.maintenance.recent() : this.maintenance.current());
    if (active === undefined) return true;
    throw new AppError('app.maintenance_mode', {
      details: { restore_id: active.restoreId, since: active.since.toISOString() },
    });
  }
}
