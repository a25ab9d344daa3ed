import type pg from 'pg';
import type { PostgresTools } from '../../engine/postgres/server/tools';
import type { TargetService } from '../../kernel/target/target.service';

/** The PostgreSQL tools of one run: looked for once. */
export class RunTools {
  private found: Promise<PostgresTools> | undefined;

  constructor(private readonly target: TargetService) {}

  /**
   * @param known a connection to the target's server that is there already
   * @throws as `TargetService.findTools`
   */
  find(known?: pg.Client): Promise<PostgresTools> {
    return (this.found ??= this.target.findTools(known));
  }
}
