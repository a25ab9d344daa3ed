import type { ServerUser } from './server-user';

/** Where a cluster is and who runs it. */
export interface Place {
  readonly directory: string;
  readonly dataDirectory: string;
  readonly binDirectory: string;
  /** The superuser's. */
  readonly password: string;
  readonly user: ServerUser | undefined;
}

/** The superuser of every embedded cluster. */
export const SUPERUSER = 'berkut';
