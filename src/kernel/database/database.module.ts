import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppConfig } from '../config/config';
import { controlDataSourceOptions, prepareControlDatabase } from './control-database';

/** Opens the control database; features register their entities with `TypeOrmModule.forFeature`. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [AppConfig],
      useFactory: async (config: AppConfig) => {
        await prepareControlDatabase(config.controlUrl);
        return { ...controlDataSourceOptions(config.controlUrl), autoLoadEntities: true, retryAttempts: 0 };
      },
    }),
  ],
})
export class DatabaseModule {}
