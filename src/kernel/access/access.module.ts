import { Global, Module } from '@nestjs/common';
import { AuthenticationGuard } from './authentication.guard';
import { RbacGuard } from './rbac.guard';
import { StrangerLimit } from './stranger-limit';
import { TokenVerifier } from './token-verifier';

/** Who is calling, and what he may do. */
@Global()
@Module({
  providers: [TokenVerifier, StrangerLimit, AuthenticationGuard, RbacGuard],
  exports: [TokenVerifier, AuthenticationGuard, RbacGuard],
})
export class AccessModule {}
