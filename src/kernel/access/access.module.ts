import { Global, Module } from '@nestjs/common';
import { RbacGuard } from './rbac.guard';
import { TokenVerifier } from './token-verifier';

/** Who is calling, and what he may do. */
@Global()
@Module({ providers: [TokenVerifier, RbacGuard], exports: [TokenVerifier, RbacGuard] })
export class AccessModule {}
