/** How the checks of a storage are called, and what an administrator changes to correct it. */
export interface StorageChecks {
  readonly storage: string;
  readonly room: string;
  readonly keys: string;
  readonly setting: string;
}

/** Of the storage of `BERKUT_BACKUP_PATH`. */
export const OF_FIRST: StorageChecks = {
  storage: 'storage',
  room: 'room',
  keys: 'keys',
  setting: 'BERKUT_BACKUP_PATH',
};

/** Of a storage that keeps copies. */
export function ofFurther(name: string): StorageChecks {
  return {
    storage: `storage ${name}`,
    room: `room of ${name}`,
    keys: `keys of ${name}`,
    setting: `the storage ${name} in BERKUT_BACKUP_STORAGES_FILE`,
  };
}
