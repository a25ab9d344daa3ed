import pg from 'pg';

/** A trigger and how it is enabled: `O`rigin, `R`eplica, `A`lways, or `D`isabled. */
interface UserTrigger {
  readonly table: string;
  readonly name: string;
  readonly state: 'O' | 'R' | 'A' | 'D';
}

// Parents before partitions: what is said of a parent's trigger is said of its partitions', too.
const TRIGGERS = `
  SELECT tgrelid::regclass::text AS table, tgname::text AS name, tgenabled::text AS state
    FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
   WHERE NOT tgisinternal AND tgrelid = ANY ($1::regclass[])
   ORDER BY c.relkind <> 'p', tgrelid, tgname`;

const WORDS: Readonly<Record<UserTrigger['state'], string>> = {
  O: 'ENABLE',
  R: 'ENABLE REPLICA',
  A: 'ENABLE ALWAYS',
  D: 'DISABLE',
};

/**
 * Turns off the triggers that people have made on these tables; those of foreign keys are the server's own.
 *
 * @returns what turns each of them back to what it was
 */
export async function disableUserTriggers(client: pg.Client, tables: readonly string[]): Promise<() => Promise<void>> {
  const { rows } = await client.query<UserTrigger>(TRIGGERS, [tables]);
  for (const table of new Set(rows.map((trigger) => trigger.table))) {
    await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  }
  return async () => {
    for (const { table, name, state } of rows) {
      await client.query(`ALTER TABLE ${table} ${WORDS[state]} TRIGGER ${pg.escapeIdentifier(name)}`);
    }
  };
}

/**
 * Turns off the event triggers that the role may turn off: one that refuses changes, or acts on them, means people's, not ours.
 *
 * @returns what turns each of them back to what it was
 */
export async function disableEventTriggers(client: pg.Client): Promise<() => Promise<void>> {
  const { rows } = await client.query<{ name: string; state: UserTrigger['state'] }>(
    `SELECT evtname::text AS name, evtenabled::text AS state FROM pg_catalog.pg_event_trigger
      WHERE evtenabled <> 'D' AND pg_catalog.pg_has_role(evtowner, 'USAGE')`,
  );
  const set = async ({ name }: { name: string }, words: string): Promise<void> => {
    await client.query(`ALTER EVENT TRIGGER ${pg.escapeIdentifier(name)} ${words}`);
  };
  for (const trigger of rows) await set(trigger, WORDS.D);
  return async () => {
    for (const trigger of rows) await set(trigger, WORDS[trigger.state]);
  };
}

/**
 * Frees the owner of these tables from their policies, which could keep rows from being loaded and counted.
 *
 * @returns what holds the owner to them again
 */
export async function unforcePolicies(client: pg.Client, tables: readonly string[]): Promise<() => Promise<void>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT oid::pg_catalog.regclass::text AS name FROM pg_catalog.pg_class
      WHERE oid = ANY ($1::pg_catalog.regclass[]) AND relforcerowsecurity`,
    [tables],
  );
  for (const { name } of rows) await client.query(`ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`);
  return async () => {
    for (const { name } of rows) await client.query(`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`);
  };
}
