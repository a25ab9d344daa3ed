/** Why a restore did not go on. */
export type RestoreFault =
  | 'incompatible_version'
  | 'maintenance_failed'
  | 'integrity_violation'
  | 'migration_failed'
  | 'leftovers'
  | 'database_exists';

/** A restore that must not go on. Message and details name objects of the database, never hosts, paths or secrets. */
export class RestoreError extends Error {
  override readonly name = 'RestoreError';

  constructor(
    readonly fault: RestoreFault,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
