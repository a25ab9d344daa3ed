import { Module } from '@nestjs/common';
import { SessionController } from './session.controller';

/** Cookies for pages. */
@Module({ controllers: [SessionController] })
export class SessionModule {}
