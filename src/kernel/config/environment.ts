import { homedir } from 'node:os';
import type { Surroundings } from '../../engine/address/parameters';

/** Variables by name, as a process gets them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment. Nothing else reads it. */
export function readEnvironment(): Environment {
  return { ...process.env };
}

/** What stands in for the parts that the URL of a database leaves out. */
export function surroundingsOf(environment: Environment): Surroundings {
  return { environment, home: environment['HOME'] ?? homedir() };
}
