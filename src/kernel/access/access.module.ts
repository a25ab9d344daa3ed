import { Global, Module } from '@nestjs/common';
import { RbacGuard } from './rbac.guard';
import { StrangerLimit } from './stranger-limit';
import { TokenVerifier } from './token-verifier';

/** Who is calling, and what he may do. */
@Global()
@Module({ providers: [TokenVerifier, StrangerLimit, RbacGuard], exports: [TokenVerifier, RbacGuard] })
export class AccessModule {}
