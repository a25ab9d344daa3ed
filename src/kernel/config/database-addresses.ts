import { type DatabaseAddress, withDatabase } from '../../engine/address/database-address';
import { type Environment, surroundingsOf } from './environment';
import { readVariables } from './read-variables';
import { isSameDatabase } from './same-database';
import { ValueReader } from './value-reader';
import { databaseAddress } from './value-shapes';

/** Where both databases are; absent when the environment does not say, or says it wrongly. */
export interface Addresses {
  readonly target: DatabaseAddress | undefined;
  readonly control: DatabaseAddress | undefined;
}

/**
 * Reads the addresses of both databases. Connections, pools, programs and TypeORM get them from here and parse none themselves. The
 * control database stands beside the target when nothing else is said.
 */
export function readAddresses(read: ValueReader, environment: Environment): Addresses {
  const address = databaseAddress(surroundingsOf(environment));
  const target = read.shaped('BERKUT_DB_URL', address);
  const given = read.shaped('BERKUT_BACKUP_CONTROL_DB_URL', address);
  if (target !== undefined && given !== undefined && isSameDatabase(target, given)) {
    read.problem(
      'BERKUT_BACKUP_CONTROL_DB_URL',
      'is the target database: a restore would replace the catalogue of backups',
    );
  }
  const control = given ?? (target && withDatabase(target, `${target.database}_backups`));
  return { target, control: control && { ...control, ...attributes(control, given), purpose: 'control database' } };
}

/** Which of several hosts the control database is must not depend on which of them is up. */
function attributes(
  { places, sessionAttributes }: DatabaseAddress,
  given: DatabaseAddress | undefined,
): Pick<DatabaseAddress, 'sessionAttributes'> {
  return given !== undefined && places.length > 1 && sessionAttributes === undefined
    ? { sessionAttributes: 'read-write' }
    : {};
}

/**
 * The address of the control database alone, for the TypeORM command line, which needs nothing else of the configuration.
 *
 * @returns `undefined` when the environment names no database
 * @throws ConfigError when it names one wrongly
 */
export function controlAddress(environment: Environment): DatabaseAddress | undefined {
  const { values, problems } = readVariables(environment);
  const read = new ValueReader(values, problems);
  const { control } = readAddresses(read, environment);
  read.finish();
  return control;
}
