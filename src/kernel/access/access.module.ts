import { Global, Module } from '@nestjs/common';
import { AuthenticationGuard } from './authentication.guard';
import { IdentifyGuard } from './identify.guard';
import { OneTimeCodes } from './one-time-codes';
import { RbacGuard } from './rbac.guard';
import { StrangerLimit } from './stranger-limit';
import { TokenVerifier } from './token-verifier';

/** The identity of a caller, and its permissions. */
@Global()
@Module({
  providers: [TokenVerifier, OneTimeCodes, StrangerLimit, IdentifyGuard, AuthenticationGuard, RbacGuard],
  exports: [TokenVerifier, OneTimeCodes, IdentifyGuard, AuthenticationGuard, RbacGuard],
})
export class AccessModule {}
