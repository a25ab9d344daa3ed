import { Global, Module } from '@nestjs/common';
import { LocalStorage } from '../../engine/storage/local-storage';
import { Storage } from '../../engine/storage/storage';
import { AppConfig } from '../config/config';

/** Binds the engine's storage port to the configured directory. */
@Global()
@Module({
  providers: [
    { provide: Storage, inject: [AppConfig], useFactory: (config: AppConfig) => new LocalStorage(config.storagePath) },
  ],
  exports: [Storage],
})
export class StorageModule {}
