/** What clients call the storage that `BERKUT_BACKUP_PATH` names. */
export const FIRST_STORAGE = 'first';
