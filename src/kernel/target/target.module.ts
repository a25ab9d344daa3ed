import { Global, Module } from '@nestjs/common';
import { SuperuserWarning } from './superuser-warning';
import { TargetService } from './target.service';

/** Access to the target database's address and tools. */
@Global()
@Module({ providers: [TargetService, SuperuserWarning], exports: [TargetService] })
export class TargetModule {}
