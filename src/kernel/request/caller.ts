import type { Permission } from './permissions';

/** The authenticated principal of a request. */
export interface Caller {
  /** `sub` of the token. */
  readonly id: string;
  /** Shown and audited. */
  readonly name: string;
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<Permission>;
}

/** The requester of runs that the plan begins. */
export const SCHEDULER = 'scheduler';
