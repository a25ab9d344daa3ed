import type pg from 'pg';

/** What the driver's types leave out. */
interface RefusesRows {
  sendCopyFail(reason: string): void;
}

/**
 * Runs statements, any number at once, whose answers nobody reads. The driver's own query keeps one for each until the last has
 * come, some hundred thousand where there are as many large objects.
 *
 * @throws the driver's error; the statements before the one that failed have been run
 */
export function runStatements(client: pg.Client, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new UnreadStatements(sql, resolve, reject));
  });
}

/** What the driver calls as answers arrive (https://node-postgres.com/apis/client#clientquery, Submittable). */
class UnreadStatements implements pg.Submittable {
  constructor(
    private readonly sql: string,
    private readonly onDone: () => void,
    private readonly onError: (error: Error) => void,
  ) {}

  submit(connection: pg.Connection): void {
    connection.query(this.sql);
  }

  handleRowDescription(): void {}

  handleDataRow(): void {}

  handleCommandComplete(): void {}

  handleEmptyQuery(): void {}

  handleCopyInResponse(connection: RefusesRows): void {
    connection.sendCopyFail('statements are run without rows');
  }

  handleCopyData(): void {}

  handleError(error: Error): void {
    this.onError(error);
  }

  handleReadyForQuery(): void {
    this.onDone();
  }
}
