import pg from 'pg';

const NO_TRANSACTION = '25P01';

/**
 * Does `work` in a part of the client's transaction, or in a read-only one where it has none, and takes back what it set.
 * What fails in it does not end the transaction.
 */
export async function inPart<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  const undo = await beginPart(client);
  try {
    return await work();
  } finally {
    // Of a connection that is lost nothing is left to be undone.
    await client.query(undo).catch(() => undefined);
  }
}

async function beginPart(client: pg.Client): Promise<string> {
  try {
    await client.query('SAVEPOINT berkut_part');
    // Released, too: within another part, whose savepoint has the same name, that is the newest one again.
    return 'ROLLBACK TO SAVEPOINT berkut_part; RELEASE SAVEPOINT berkut_part';
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== NO_TRANSACTION) throw error;
    await client.query('BEGIN READ ONLY');
    return 'ROLLBACK';
  }
}
