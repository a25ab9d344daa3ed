import pg from 'pg';
import { UTF8 } from '../archive/archive-encoding';

/** What the driver's types leave out. */
interface RefusesRows {
  sendCopyFail(reason: string): void;
}

/** PostgreSQL's Query message (https://www.postgresql.org/docs/current/protocol-message-formats.html). */
const QUERY = 'Q';
const NON_ASCII = /[\x80-\xff]/;

/**
 * Runs any number of statements at once and drops their answers. The driver's own query keeps every answer until the last has
 * come: some hundred thousand where there are as many large objects.
 *
 * @param sql a character for each byte
 * @param encoding of these bytes; the session's is the driver's again afterwards
 * @throws the driver's error; the statements before the one that failed have been run. In a transaction the session's encoding comes
 *   back with its end
 */
export async function runStatements(client: pg.Client, sql: string, encoding: string): Promise<void> {
  const isForeign = encoding !== UTF8 && NON_ASCII.test(sql);
  if (isForeign) await client.query(`SET client_encoding TO ${pg.escapeLiteral(encoding)}`);
  await runBytes(client, Buffer.from(sql, 'latin1'));
  if (isForeign) await client.query(`SET client_encoding TO ${UTF8}`);
}

function runBytes(client: pg.Client, sql: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new UnreadStatements(sql, resolve, reject));
  });
}

/** What the driver calls as answers arrive (https://node-postgres.com/apis/client#clientquery, Submittable). */
class UnreadStatements implements pg.Submittable {
  constructor(
    private readonly sql: Buffer,
    private readonly onDone: () => void,
    private readonly onError: (error: Error) => void,
  ) {}

  submit(connection: pg.Connection): void {
    // The driver would encode a string as UTF-8.
    const head = Buffer.alloc(5);
    head.write(QUERY);
    head.writeInt32BE(4 + this.sql.length + 1, 1);
    connection.stream.write(Buffer.concat([head, this.sql, Buffer.alloc(1)]));
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
