import { Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { ServerFacts } from '../../engine/postgres/check/server-facts';
import type { RelationName } from '../../engine/postgres/server/relation-name';
import { AppConfig } from '../../kernel/config/config';
import type { GivenBack, Recoverer } from '../parts/given-back';
import type { Journal } from '../record/journal';
import { InPlaceRestore } from './in-place';
import { IntoNew } from './into-new';
import { OnlineSwap } from './online-swap';
import { Promotion } from './promotion';
import { Rehearsal } from './rehearsal';
import type { LoadingStrategy, RestoreStrategy } from './restore-strategy';
import { Rollback } from './rollback';
import { ScopedRestore } from './scoped';
import { SwapRestore } from './swap';

/** All strategies. What is in this table can be carried out and recovered. */
export const STRATEGIES = {
  swap: SwapRestore,
  online: OnlineSwap,
  in_place: InPlaceRestore,
  scoped: ScopedRestore,
  into: IntoNew,
  rehearsal: Rehearsal,
  rollback: Rollback,
  promotion: Promotion,
} satisfies Record<string, Type<RestoreStrategy>>;

/** Finds the strategy of a run: by what is asked for, or, for a run that was cut short, by its journal. */
@Injectable()
export class RestoreStrategies implements Recoverer {
  constructor(
    private readonly modules: ModuleRef,
    private readonly config: AppConfig,
  ) {}

  named<Name extends keyof typeof STRATEGIES>(name: Name): InstanceType<(typeof STRATEGIES)[Name]> {
    return this.modules.get<InstanceType<(typeof STRATEGIES)[Name]>>(STRATEGIES[name]);
  }

  /**
   * How a backup would be restored here. Renaming keeps the old database and is never half done; without the right to it, one
   * transaction does the same in place.
   *
   * @param scopeTables without them all of it
   * @param isOnline a swap is to load while the target is open; the check refuses any other strategy then
   */
  forRestore(scopeTables: readonly RelationName[] | undefined, server: ServerFacts, isOnline = false): LoadingStrategy {
    const { strategy } = this.config.restore;
    if (scopeTables !== undefined) return this.named('scoped');
    const usual = server.can_create || !server.owns_target ? 'swap' : 'in_place';
    const chosen = strategy === 'auto' ? usual : strategy;
    return this.named(chosen === 'swap' && isOnline ? 'online' : chosen);
  }

  recover(runId: number, journal: Journal): Promise<GivenBack> {
    return this.ofJournal(journal).recover(runId, journal);
  }

  private ofJournal(journal: Journal): RestoreStrategy {
    const [strategy, ...others] = Object.values(STRATEGIES)
      .map((type: Type<RestoreStrategy>) => this.modules.get<RestoreStrategy>(type))
      .filter((candidate) => candidate.wrote(journal));
    if (strategy === undefined) throw new Error('no strategy has written this journal');
    if (others.length > 0) throw new Error('more than one strategy claims this journal');
    return strategy;
  }
}
