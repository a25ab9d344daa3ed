import type { z } from 'zod';
import { BACKUPS, PLAN, RESTORES, WHERE } from './backup-variables';
import { S3 } from './s3-variables';
import { CALLERS, LOGS, NOTICES, PROCESS } from './service-variables';
import type { Section } from './variable';

/** The variables under the headings of the documents, in the order in which people should read about them. */
export const SECTIONS: Readonly<Record<string, Section>> = {
  'Where everything is': WHERE,
  S3,
  Backups: BACKUPS,
  Restores: RESTORES,
  'The plan': PLAN,
  Notices: NOTICES,
  'The process': PROCESS,
  'Who may call': CALLERS,
  'Audit log and log': LOGS,
};

/** Every variable that the service knows. */
export const VARIABLES = {
  ...WHERE,
  ...S3,
  ...BACKUPS,
  ...RESTORES,
  ...PLAN,
  ...NOTICES,
  ...PROCESS,
  ...CALLERS,
  ...LOGS,
};

export type VariableName = keyof typeof VARIABLES;

/** The variables that always have a value. */
export type NameWithDefault = {
  [Name in VariableName]: (typeof VARIABLES)[Name] extends { default: string } ? Name : never;
}[VariableName];

/** What a variable is once it is read. */
export type ValueOf<Name extends VariableName> = z.output<(typeof VARIABLES)[Name]['shape']>;
