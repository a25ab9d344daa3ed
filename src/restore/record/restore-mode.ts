/** What a run does with its backup. */
export type RestoreMode = 'verify' | 'rehearse' | 'restore' | 'rollback' | 'promote';
