import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import { Clock } from '../kernel/clock/clock';
import { JobPause } from '../kernel/jobs/job-pause';
import { SharedAnswer } from '../kernel/operations/shared-answer';
import { MaintenanceEntity } from './maintenance.entity';

/** Maintenance that is on: which restore run turned it on, and when. */
export interface ActiveMaintenance {
  restoreId: number;
  since: Date;
}

const SWITCH = 1;
/** How often a second strangers make us ask the database. */
const QUESTIONS_PER_SECOND = 1;

/**
 * The maintenance switch. It lives in the control database, which no restore touches, and is read anew for every request,
 * so that all replicas switch together; one primary-key look-up costs less than being wrong.
 */
@Injectable()
export class MaintenanceService extends JobPause {
  private readonly shared = new SharedAnswer(() => this.current(), QUESTIONS_PER_SECOND);

  private readonly logger = new Logger(MaintenanceService.name);

  constructor(
    @InjectRepository(MaintenanceEntity) private readonly switches: Repository<MaintenanceEntity>,
    private readonly clock: Clock,
    private readonly audit: AuditService,
  ) {
    super();
  }

  /** @throws as {@link current} */
  async isOn(): Promise<boolean> {
    return (await this.current()) !== undefined;
  }

  /**
   * @returns the maintenance that is on, or `undefined` when it is off
   * @throws the driver's error when the control database cannot say; that is not "off"
   */
  async current(): Promise<ActiveMaintenance | undefined> {
    // Every request asks this, and building a query by the repository costs more than the answer.
    const rows: { restore_id: string | null; since: Date | null }[] = await this.switches.query(
      'SELECT restore_id, since FROM maintenance WHERE id = $1',
      [SWITCH],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('the control database has no maintenance switch');
    if (row.restore_id === null || row.since === null) return undefined;
    return { restoreId: Number(row.restore_id), since: row.since };
  }

  /** As {@link current}, but up to a second old and asked once for all: for requests that are refused in any case. */
  async recent(): Promise<ActiveMaintenance | undefined> {
    return this.shared.get();
  }

  /** Turns maintenance on for a restore run; on again for the same run changes nothing. */
  async enter(restoreId: number): Promise<void> {
    const turned = await this.switches.update(
      { id: SWITCH, restoreId: IsNull() },
      { restoreId, since: this.clock.now() },
    );
    if (turned.affected !== 1) {
      const active = await this.current();
      if (active?.restoreId !== restoreId) throw new Error('maintenance is on for another restore run');
      return;
    }
    this.logger.log({ restore_id: restoreId }, 'maintenance is on');
    await this.audit.recordOwn('backups.maintenance.enter', 'success', { restore_id: restoreId });
  }

  /** Turns off the maintenance of this restore run; that of another run stays on. */
  async exit(restoreId: number): Promise<void> {
    const turned = await this.switches.update({ id: SWITCH, restoreId }, { restoreId: null, since: null });
    if (turned.affected !== 1) return;
    this.logger.log({ restore_id: restoreId }, 'maintenance is off');
    await this.audit.recordOwn('backups.maintenance.exit', 'success', { restore_id: restoreId });
  }
}
