import { Global, Module } from '@nestjs/common';
import { openStorage } from '../../engine/place/open-storage';
import { Storage } from '../../engine/storage/storage';
import { AppConfig } from '../config/config';

/** Binds the engine's storage port to the configured place. */
@Global()
@Module({
  providers: [
    { provide: Storage, inject: [AppConfig], useFactory: (config: AppConfig) => openStorage(config.storage) },
  ],
  exports: [Storage],
})
export class StorageModule {}
