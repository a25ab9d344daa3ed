/** What is said of a finding. Names of what was found stand in braces. */
export interface FindingEntry {
  readonly sentence: string;
  /** What to do about it, where the sentence does not say so. */
  readonly advice?: string;
}

/** What to do where connections are limited, whichever limit it is. */
export const MORE_CONNECTIONS =
  'ALTER ROLE … CONNECTION LIMIT, ALTER DATABASE … CONNECTION LIMIT, or a smaller BERKUT_BACKUP_JOBS';
