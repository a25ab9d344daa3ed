import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, MoreThan, Not, Repository, type SelectQueryBuilder } from 'typeorm';
import { BackupEntity, type BackupSource, type RunStatus } from './backup.entity';
import { GOOD, goodWhole, isGood } from './good-backup';
import { newestFailureIn } from './newest-failure';
import { WHOLE } from './scope';

const NEWEST_FIRST = { createdAt: 'DESC', id: 'DESC' } as const;

/** What monitoring, alerts and checks ask of the catalogue. */
@Injectable()
export class BackupQuestions {
  constructor(@InjectRepository(BackupEntity) private readonly rows: Repository<BackupEntity>) {}

  /** The newest backup of the whole database that is a success and whose file is as it was. */
  async newestGood({ source }: { source: BackupSource }): Promise<BackupEntity | undefined> {
    return (await this.rows.findOne({ where: goodWhole(source), order: NEWEST_FIRST })) ?? undefined;
  }

  /** When {@link newestGood} was begun, without reading what else is known of it. */
  async newestGoodAt({ source }: { source: BackupSource }): Promise<Date | undefined> {
    const select = { id: true, createdAt: true } as const;
    return (await this.rows.findOne({ where: goodWhole(source), order: NEWEST_FIRST, select }))?.createdAt;
  }

  /** Good backups of the whole database that this installation has made. */
  goodOnes(order: 'ASC' | 'DESC'): SelectQueryBuilder<BackupEntity> {
    return this.rows
      .createQueryBuilder('b')
      .where(`${isGood('b')} AND b.source = 'local'`)
      .andWhere(':whole = ANY (b.scope)', { whole: WHOLE })
      .orderBy('b.createdAt', order)
      .addOrderBy('b.id', order);
  }

  /** Some of the good ones of any scope, by id, after the given one. */
  async goodAfter(id: number, limit: number): Promise<BackupEntity[]> {
    return this.rows.find({ where: { ...GOOD, id: MoreThan(id) }, order: { id: 'ASC' }, take: limit });
  }

  /** The newest failure that no later backup has made good. */
  async newestFailure(): Promise<BackupEntity | undefined> {
    return newestFailureIn(this.rows);
  }

  /** How many there are in each status that has some. */
  async countByStatus(): Promise<ReadonlyMap<RunStatus, number>> {
    const counts: { status: RunStatus; n: number }[] = await this.rows.query(
      'SELECT status, count(*)::float8 AS n FROM backups WHERE removing IS NULL GROUP BY status',
    );
    return new Map(counts.map(({ status, n }) => [status, n]));
  }

  /** When a backup was last restored, if only for a rehearsal. */
  async lastVerifiedAt(): Promise<Date | undefined> {
    const latest = await this.rows.findOne({
      where: { verifiedAt: Not(IsNull()) },
      order: { verifiedAt: 'DESC' },
      select: { id: true, verifiedAt: true },
    });
    return latest?.verifiedAt ?? undefined;
  }

  /** How long the newest success took that a caller or the plan asked for, waiting included, milliseconds. */
  async newestDurationMs(): Promise<number | undefined> {
    const newest = await this.rows.findOne({
      where: { status: 'success', trigger: In(['manual', 'scheduled']) },
      order: NEWEST_FIRST,
      select: { id: true, createdAt: true, finishedAt: true },
    });
    const { finishedAt, createdAt } = newest ?? {};
    return finishedAt && createdAt ? finishedAt.getTime() - createdAt.getTime() : undefined;
  }
}
