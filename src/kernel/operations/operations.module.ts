import { Global, Module } from '@nestjs/common';
import { LockService } from './lock.service';
import { OperationsService } from './operations.service';

/** Background work and the locks that keep replicas out of each other's way. */
@Global()
@Module({ providers: [OperationsService, LockService], exports: [OperationsService, LockService] })
export class OperationsModule {}
