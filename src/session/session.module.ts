import { Module } from '@nestjs/common';
import { BrowserSessions } from './browser-sessions';
import { FlowCookie } from './flow-cookie';
import { IdTokenCookie } from './id-token-cookie';
import { OpenIdProvider } from './open-id-provider';
import { SessionController } from './session.controller';
import { SignInController } from './sign-in.controller';
import { SignIn } from './sign-in.service';

/** Sessions of browsers: how they begin, and how they end. */
@Module({
  controllers: [SessionController, SignInController],
  providers: [BrowserSessions, FlowCookie, IdTokenCookie, OpenIdProvider, SignIn],
})
export class SessionModule {}
