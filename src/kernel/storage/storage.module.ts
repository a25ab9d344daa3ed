import { Global, Module } from '@nestjs/common';
import { openStorage } from '../../engine/place/open-storage';
import { Storage } from '../../engine/storage/storage';
import { AppConfig } from '../config/config';
import { FurtherStorages } from './further-storages';
import { StorageStates } from './storage-states';

/** Binds the engine's storage port to the configured places. */
@Global()
@Module({
  providers: [
    StorageStates,
    { provide: Storage, inject: [AppConfig], useFactory: (config: AppConfig) => openStorage(config.storage) },
    {
      provide: FurtherStorages,
      inject: [AppConfig],
      useFactory: async ({ furtherStorages }: AppConfig): Promise<FurtherStorages> => ({
        all: await Promise.all(
          furtherStorages.map(async ({ place, ...known }) => ({ ...known, storage: await openStorage(place) })),
        ),
      }),
    },
  ],
  exports: [Storage, FurtherStorages, StorageStates],
})
export class StorageModule {}
