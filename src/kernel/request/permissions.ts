/** Everything a caller may be allowed to do. */
export const PERMISSIONS = [
  'backups.read',
  'backups.create',
  'backups.import',
  'backups.plan.update',
  'backups.download',
  'backups.extract',
  'backups.restore',
  'backups.delete',
  'audit.read',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** For routes that are about the caller alone. */
export const AUTHENTICATED = 'authenticated';

/** For routes that a person needs before there is a session. */
export const PUBLIC = 'public';

/** What a route declares. */
export type RouteAccess = Permission | typeof AUTHENTICATED | typeof PUBLIC;

const OPERATOR: readonly Permission[] = [
  'backups.read',
  'backups.create',
  'backups.import',
  'backups.plan.update',
  'backups.download',
  'backups.restore',
];

/** The roles of SCC and what each may do; the last ones may do nothing here. */
export const ROLES: ReadonlyMap<string, readonly Permission[]> = new Map([
  ['superadmin', PERMISSIONS],
  ['admin', PERMISSIONS],
  ['backup_operator', OPERATOR],
  ['auditor', ['backups.read', 'audit.read']],
  ['security_officer', []],
  ['doc_admin', []],
  ['doc_editor', []],
  ['doc_reviewer', []],
  ['doc_viewer', []],
  ['manager', []],
  ['analyst', []],
  ['soc_viewer', []],
  ['soc_operator', []],
  ['compliance_manager', []],
]);
