import { Injectable } from '@nestjs/common';
import { withDatabase, type DatabaseAddress } from '../../engine/address/database-address';
import type pg from 'pg';
import { connect, withConnection } from '../../engine/postgres/server/connection';
import { findTools, type PostgresTools } from '../../engine/postgres/server/tools';
import { AppConfig } from '../config/config';

/** The target database: where it is, and the PostgreSQL tools that fit its server. */
@Injectable()
export class TargetService {
  readonly address: DatabaseAddress;
  /** The same server's maintenance database: a restore never works through the database it replaces. */
  readonly maintenanceAddress: DatabaseAddress;

  constructor(private readonly config: AppConfig) {
    this.address = config.target;
    this.maintenanceAddress = withDatabase(this.address, config.restore.maintenanceDatabase);
  }

  /**
   * The installed tools that can dump and load this server's databases.
   *
   * @param known a connection to the server that is there already
   * @throws ToolVersionError when none is new enough, or all are too new; the driver's error when the server cannot be reached
   */
  async findTools(known?: pg.Client): Promise<PostgresTools> {
    const find = async (client: pg.Client): Promise<PostgresTools> => {
      const result = await client.query<{ server_version_num: string }>('SHOW server_version_num');
      const serverVersionNum = Number(result.rows[0]?.server_version_num);
      return findTools({
        serverVersionNum,
        // A restore in place runs the statements of the archive without what the server does not know.
        mustLoad: this.config.restore.strategy !== 'in_place',
        pgDumpBin: this.config.pgDumpBin,
      });
    };
    return known === undefined ? withConnection(this.maintenanceAddress, find) : find(known);
  }

  /** Which of these tables of schema `public` the target has. */
  async existingTables(names: readonly string[]): Promise<Set<string>> {
    const client = await connect(this.address, { applicationName: 'berkut-backups' });
    try {
      const result = await client.query<{ relname: string }>(
        `SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
          WHERE n.nspname = 'public' AND relkind IN ('r', 'p') AND relname = ANY ($1)`,
        [names],
      );
      return new Set(result.rows.map((row) => row.relname));
    } finally {
      await client.end();
    }
  }
}
