import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AlertEntity } from './alert.entity';
import { CurrentAlerts } from './current-alerts';

/** What is wrong now, for whoever shows it. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([AlertEntity])],
  providers: [CurrentAlerts],
  exports: [CurrentAlerts],
})
export class AlertsModule {}
