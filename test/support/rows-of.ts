import { DataSource, type EntityTarget, type FindOptionsWhere, type ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity';
import { BackupEntity } from '../../src/backups/catalogue/backup.entity';
import { MaintenanceEntity } from '../../src/maintenance/maintenance.entity';
import { NoticeDeliveryEntity } from '../../src/notices/notice-delivery.entity';
import { PlanEntity } from '../../src/plan/plan.entity';
import { RestoreRunEntity } from '../../src/restore/record/restore-run.entity';
import type { TestService } from './app';

// Sets up rows of the control database as time or another process would have left them. The changes have the types of the
// entities, so that the compiler finds a column that was renamed. A test that plays a broken or hostile writer of the
// database keeps SQL of its own: the types would refuse what it writes.

type RowsOwner = Pick<TestService, 'app'>;

/** Changes these columns, and no others, of the rows that match; without `which` of all rows. */
export async function setRows<Row extends ObjectLiteral>(
  { app }: RowsOwner,
  kind: EntityTarget<Row>,
  changes: QueryDeepPartialEntity<Row>,
  which?: FindOptionsWhere<Row>,
): Promise<void> {
  const rows = app.get(DataSource).getRepository(kind);
  await (which === undefined ? rows.updateAll(changes) : rows.update(which, changes));
}

export const setPlan = (of: RowsOwner, changes: QueryDeepPartialEntity<PlanEntity>): Promise<void> =>
  setRows(of, PlanEntity, changes);

/** Turns the plan on, lets it keep one backup, and makes its sweep due. */
export const makeSweepDue = (of: RowsOwner): Promise<void> =>
  setPlan(of, { enabled: true, keepLastSuccessful: 1, effectiveFrom: new Date(), lastRetentionAt: null });

type WhichBackups = FindOptionsWhere<BackupEntity>;

/** Moves the making of backups so many days back. */
export const makeOlder = (of: RowsOwner, days: number, which?: WhichBackups): Promise<void> =>
  setRows(of, BackupEntity, { createdAt: () => `created_at - interval '${days} days'` }, which);

/** Makes backups failed ones, as when there was no space. */
export const makeFailed = (of: RowsOwner, which?: WhichBackups): Promise<void> =>
  setRows(of, BackupEntity, { status: 'failed', errorCode: 'backups.no_space' }, which);

export const makeGood = (of: RowsOwner, which?: WhichBackups): Promise<void> =>
  setRows(of, BackupEntity, { status: 'success', errorCode: null }, which);

/** Leaves backups as a process does that dies when it has begun to remove them. */
export const markRemoving = (of: RowsOwner, by: 'caller' | 'retention', which?: WhichBackups): Promise<void> =>
  setRows(of, BackupEntity, { removing: by }, which);

/** Makes the kept copy of the old database of restores due to be dropped. */
export const expireRollback = (of: RowsOwner, which?: FindOptionsWhere<RestoreRunEntity>): Promise<void> =>
  setRows(of, RestoreRunEntity, { rollbackUntil: new Date(Date.now() - 1_000) }, which);

/** Ends the pause of notices before their next attempt. */
export const makeNoticesDue = (of: RowsOwner): Promise<void> =>
  setRows(of, NoticeDeliveryEntity, { nextAttemptAt: () => 'created_at' });

/** Turns maintenance on or off as another replica does: the service has to find out. Nothing is recorded in the log. */
export const turnMaintenance = (of: RowsOwner, to: 'on' | 'off'): Promise<void> =>
  setRows(of, MaintenanceEntity, to === 'on' ? { restoreId: 1, since: new Date() } : { restoreId: null, since: null });
