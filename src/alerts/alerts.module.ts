import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AlertEntity } from './alert.entity';
import { CurrentAlerts } from './current-alerts';

/** The alerts that are on now, for the modules that show them. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([AlertEntity])],
  providers: [CurrentAlerts],
  exports: [CurrentAlerts],
})
export class AlertsModule {}
