import { SetMetadata } from '@nestjs/common';

/** Metadata key read by the maintenance guard. */
export const ALLOWED_IN_MAINTENANCE = 'berkut:allowed-in-maintenance';

/** Marks a route that answers while a restore runs. By contract there is one: the status of a restore run. */
export const AllowedInMaintenance = (): MethodDecorator => SetMetadata(ALLOWED_IN_MAINTENANCE, true);
