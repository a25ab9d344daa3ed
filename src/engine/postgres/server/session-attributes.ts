import type pg from 'pg';
import type { SessionAttributes } from '../../address/database-address';
import { WrongServerError } from './connection-attempts';

/** The error when the server of this connection is not of the kind that is asked for, in libpq's sense of the words. */
export async function sessionProblem(
  client: pg.ClientBase,
  attributes: SessionAttributes,
): Promise<WrongServerError | undefined> {
  if (attributes === 'any') return undefined;
  const { rows } = await client.query<{ is_standby: boolean; is_read_only: boolean }>(
    `SELECT pg_catalog.pg_is_in_recovery() AS is_standby,
            pg_catalog.current_setting('default_transaction_read_only') = 'on' AS is_read_only`,
  );
  const isStandby = rows[0]?.is_standby === true;
  const isReadOnly = isStandby || rows[0]?.is_read_only === true;
  const fits = {
    'read-write': !isReadOnly,
    'read-only': isReadOnly,
    primary: !isStandby,
    standby: isStandby,
    'prefer-standby': true,
  }[attributes];
  return fits ? undefined : new WrongServerError(`no server is ${attributes}, as target_session_attrs asks for`);
}
