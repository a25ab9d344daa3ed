import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppConfig } from '../config/config';
import { Counters } from './counters.service';
import { controlDataSourceOptions } from './control-database';

/** Opens the control database, which has been prepared before; features register their entities with `TypeOrmModule.forFeature`. */
@Global()
@Module({
  providers: [Counters],
  exports: [Counters],
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [AppConfig],
      useFactory: (config: AppConfig) => ({
        ...controlDataSourceOptions(config.control),
        autoLoadEntities: true,
        retryAttempts: 0,
      }),
    }),
  ],
})
export class DatabaseModule {}
