import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { TableComparison } from '../../engine/postgres/compare/compare-databases';
import type { DefinitionDifference } from '../../engine/postgres/compare/definitions';
import type { RelationName } from '../../engine/postgres/server/relation-name';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import type { ErrorCode } from '../../kernel/errors/error-table';
import { ComparedTableEntity } from './compared-table.entity';
import { ComparisonEntity } from './comparison.entity';
import { sealKeys } from './sealed-keys';

/** A page of the tables of a comparison. */
export interface ComparedTables {
  readonly items: ComparedTableEntity[];
  readonly total: number;
  readonly different: number;
}

/** The only writer of the two tables of comparisons. */
@Injectable()
export class ComparisonRows {
  constructor(
    @InjectRepository(ComparisonEntity) private readonly comparisons: Repository<ComparisonEntity>,
    @InjectRepository(ComparedTableEntity) private readonly tables: Repository<ComparedTableEntity>,
    private readonly clock: Clock,
    private readonly config: AppConfig,
  ) {}

  async find(runId: number): Promise<ComparisonEntity | undefined> {
    return (await this.comparisons.findOneBy({ runId })) ?? undefined;
  }

  /** Those that differ first, then by name. */
  async page(runId: number, { limit, offset }: { limit: number; offset: number }): Promise<ComparedTables> {
    const [items, total] = await this.tables.findAndCount({
      where: { runId },
      order: { isDifferent: 'DESC', schema: 'ASC', name: 'ASC' },
      take: limit,
      skip: offset,
    });
    return { items, total, different: await this.tables.countBy({ runId, isDifferent: true }) };
  }

  async names(runId: number): Promise<RelationName[]> {
    return this.tables.find({ where: { runId }, select: { runId: true, schema: true, name: true } });
  }

  async table(runId: number, { schema, name }: RelationName): Promise<ComparedTableEntity> {
    return this.tables.findOneByOrFail({ runId, schema, name });
  }

  /** What an earlier comparison of this run has found goes. The caller holds the lock of the comparison. */
  async begin(runId: number): Promise<ComparisonEntity> {
    return this.comparisons.manager.transaction(async (manager) => {
      await manager.delete(ComparisonEntity, { runId });
      return manager.save(
        manager.create(ComparisonEntity, { runId, status: 'running', startedAt: this.clock.now(), definitions: [] }),
      );
    });
  }

  async define(runId: number, definitions: readonly DefinitionDifference[], tableCount: number): Promise<void> {
    const columns: object = { definitions, tableCount };
    await this.comparisons.update({ runId, status: 'running' }, columns);
  }

  async addTable(runId: number, { schema, name, isIn, rows = {}, problem }: TableComparison): Promise<void> {
    const { keys = {}, ...counts } = rows;
    const { onlyInBackup = 0, onlyInTarget = 0, different = 0 } = counts;
    const hasKeys = Object.values(keys).some((some) => (some?.length ?? 0) > 0);
    await this.tables.insert({
      ...{ runId, schema, name, isIn, counts },
      isDifferent: isIn !== 'both' || problem !== undefined || onlyInBackup + onlyInTarget + different > 0,
      problem: problem ?? null,
      sealedKeys: hasKeys ? sealKeys(keys, runId, this.config.keyRing.current) : null,
    });
  }

  async succeed(runId: number): Promise<void> {
    await this.comparisons.update({ runId, status: 'running' }, { status: 'success', finishedAt: this.clock.now() });
  }

  async fail(runId: number, errorCode: ErrorCode): Promise<void> {
    await this.comparisons.update(
      { runId, status: 'running' },
      { status: 'failed', errorCode, finishedAt: this.clock.now() },
    );
  }
}
