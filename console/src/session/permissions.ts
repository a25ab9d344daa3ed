import { session } from './state';

export type Permission =
  | 'backups.read'
  | 'backups.create'
  | 'backups.import'
  | 'backups.plan.update'
  | 'backups.download'
  | 'backups.extract'
  | 'backups.restore'
  | 'backups.delete'
  | 'audit.read';

/** Whether the person at the page may do it: what would be refused is not shown. */
export function may(permission: Permission): boolean {
  const now = session.value;
  return now.state === 'signed_in' && now.me.user.permissions.includes(permission);
}
