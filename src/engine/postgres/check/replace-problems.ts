import type pg from 'pg';
import { type Finding, problem, warning } from '../../findings/finding';
import { CHANGED_RIGHTS } from '../database/built-in-rights';
import { OWN_OBJECTS } from '../database/own-objects';

/**
 * Finds what in the target a restore in place could not remove, and whether it could be done in one transaction.
 *
 * @param client connected to the target
 */
export async function replaceProblems(client: pg.Client): Promise<Finding[]> {
  const objects = await client.query<{ name: string }>(
    `SELECT pg_catalog.lower(kind) || ' ' || identity AS name FROM (${OWN_OBJECTS}) objects WHERE NOT may_drop ORDER BY rank, id`,
  );
  const others = await client.query<{ name: string }>(OTHERS);
  const names = [...objects.rows, ...others.rows].map(({ name }) => name);
  return [
    ...(names.length === 0 ? [] : [problem('target.objects_of_others', { objects: names })]),
    ...(await lockProblems(client)),
  ];
}

/** What a restore in place leaves as it is although the backup may have it otherwise. */
export async function replaceWarnings(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ target: string }>(
    `SELECT DISTINCT target FROM (${CHANGED_RIGHTS}) changed WHERE NOT may_change ORDER BY target`,
  );
  return rows.map(({ target }) => warning('target.rights_stay', { object: target }));
}

// What is dropped by other means than DROP.
const OTHERS = `
  SELECT 'large objects of ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(lomowner)) AS name
    FROM pg_catalog.pg_largeobject_metadata WHERE NOT pg_catalog.pg_has_role(lomowner, 'USAGE') GROUP BY lomowner
  UNION ALL
  SELECT 'default privileges of ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(defaclrole))
    FROM pg_catalog.pg_default_acl WHERE NOT pg_catalog.pg_has_role(defaclrole, 'USAGE') GROUP BY defaclrole
  UNION ALL
  SELECT 'subscription ' || pg_catalog.quote_ident(subname) FROM pg_catalog.pg_subscription
   WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
     AND NOT pg_catalog.pg_has_role(subowner, 'USAGE')`;

/** One transaction locks everything that it drops. */
async function lockProblems(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ needed: string; room: string; setting: string }>(
    `SELECT (SELECT count(*) FROM pg_catalog.pg_class) + (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata) AS needed,
            current_setting('max_locks_per_transaction')::bigint
              * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) AS room,
            current_setting('max_locks_per_transaction') AS setting`,
  );
  const [row] = rows;
  if (row === undefined || Number(row.needed) <= Number(row.room)) return [];
  return [problem('target.too_many_locks', { needed: row.needed, room: row.room, setting: row.setting })];
}
