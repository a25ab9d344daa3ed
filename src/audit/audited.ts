import { SetMetadata } from '@nestjs/common';
import type { AuditAction } from './audit-action';

/** Metadata key of a route's action. */
export const AUDITED = 'berkut:audited';

/** The action under which requests of a route are recorded. */
export const Audited = (action: AuditAction): MethodDecorator => SetMetadata(AUDITED, action);
