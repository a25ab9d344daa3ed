import { StorageError } from './storage';

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

/** Whether a file of ours can have this name. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** @throws StorageError `bad_name` */
export function checkName(name: string): void {
  if (!isName(name)) throw new StorageError('bad_name');
}

/** Why a file under another name is not one of ours. */
export const BAD_NAME = 'its name has other characters than letters, digits, dots, hyphens and underscores: rename it';
