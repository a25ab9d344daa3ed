import { Global, Module } from '@nestjs/common';
import { AuthenticationGuard } from './authentication.guard';
import { IdentifyGuard } from './identify.guard';
import { RbacGuard } from './rbac.guard';
import { StrangerLimit } from './stranger-limit';
import { TokenVerifier } from './token-verifier';

/** Who is calling, and what he may do. */
@Global()
@Module({
  providers: [TokenVerifier, StrangerLimit, IdentifyGuard, AuthenticationGuard, RbacGuard],
  exports: [TokenVerifier, IdentifyGuard, AuthenticationGuard, RbacGuard],
})
export class AccessModule {}
