import { Global, Module } from '@nestjs/common';
import { TargetService } from './target.service';

/** Access to the target database's address and tools. */
@Global()
@Module({ providers: [TargetService], exports: [TargetService] })
export class TargetModule {}
