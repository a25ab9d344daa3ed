import { StorageError } from './storage';

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

/** @throws StorageError `bad_name` */
export function checkName(name: string): void {
  if (!NAME.test(name)) throw new StorageError('bad_name');
}
