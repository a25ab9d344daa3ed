import type { EntityKind } from '../../engine/postgres/dump/row-counts';

/** What the SCC web UI shows the numbers of, by table in `public`. */
export const ENTITY_KINDS: readonly EntityKind[] = [
  { key: 'docs.documents', table: 'docs' },
  { key: 'docs.folders', table: 'doc_folders' },
  { key: 'incidents.incidents', table: 'incidents' },
  { key: 'reports.reports', table: 'report_meta' },
  { key: 'monitoring.monitors', table: 'monitors' },
  { key: 'tasks.tasks', table: 'tasks' },
  { key: 'tasks.boards', table: 'task_boards', activeColumn: 'is_active' },
  { key: 'tasks.spaces', table: 'task_spaces', activeColumn: 'is_active' },
  { key: 'controls.controls', table: 'controls' },
  { key: 'accounts.users', table: 'users' },
  { key: 'accounts.groups', table: 'groups' },
  { key: 'approvals.approvals', table: 'approvals' },
];
