import type { ArchiveEntry } from './archive-toc';
import { CAPTURED, unquoted } from '../server/identifiers';

/** Anything but quotes, or a whole quoted text: what stands in a default of a parameter is none of the statement's own words. */
const UNQUOTED = `(?:[^'"]|'(?:[^']|'')*'|"(?:[^"]|"")*")`;
/** What pg_dump writes between the signature of a routine and its body. */
const ROUTINE = new RegExp(
  `^CREATE (?:FUNCTION|PROCEDURE) ${UNQUOTED}*?\\n    LANGUAGE ${CAPTURED}([^\\n]*)((?:\\n    SET ${UNQUOTED}*?(?=\\n    |;\\n|$))*)`,
);
const SETTING = new RegExp(`\\n    SET ${CAPTURED} TO `, 'g');

/** Kinds that are a superuser's alone, whatever is in them. */
const ALWAYS: ReadonlySet<string> = new Set([
  'ACCESS METHOD',
  'EVENT TRIGGER',
  'FOREIGN DATA WRAPPER',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'SHELL TYPE',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH TEMPLATE',
]);

/** A setting that a function has for itself. */
export interface RoutineSetting {
  readonly routine: string;
  readonly setting: string;
}

/**
 * What of an archive only a superuser may make, as PostgreSQL's own checks have it.
 *
 * @returns what it is, in words for people; `undefined` for what another role may make, too
 */
export function superuserNeed(entry: ArchiveEntry): string | undefined {
  const { type, sql } = entry;
  if (ALWAYS.has(type)) return called(entry);
  switch (type) {
    case 'PUBLICATION':
      return sql.includes(' FOR ALL TABLES') ? `${entry.name}, a publication of all tables` : undefined;
    case 'PUBLICATION TABLES IN SCHEMA':
      return `${entry.name}, a publication of all tables of a schema`;
    case 'TYPE':
      // Without parameters it is the shell of one.
      return /\n {4}INPUT = |^CREATE TYPE [^()]*;$/m.test(sql) ? `${nameOf(entry)}, a base type` : undefined;
    case 'AGGREGATE':
      return /\n {4}STYPE = internal\b/.test(sql)
        ? `the aggregate ${nameOf(entry)}, which keeps its state in the type internal`
        : undefined;
    case 'CAST':
      return / WITHOUT FUNCTION\b/.test(sql) ? `${entry.name}, a cast without a function` : undefined;
    case 'PROCEDURAL LANGUAGE':
      return / HANDLER /.test(sql) ? called(entry) : undefined;
    case 'FUNCTION':
    case 'PROCEDURE':
      return routineNeed(entry);
    case 'ACL':
      return /^SET SESSION AUTHORIZATION /m.test(sql)
        ? `the rights on ${nameOf(entry)} that another role than the owner has granted`
        : undefined;
    default:
      return undefined;
  }
}

/** The settings of a function or procedure; most have none. */
export function routineSettings(entry: ArchiveEntry): RoutineSetting[] {
  if (entry.type !== 'FUNCTION' && entry.type !== 'PROCEDURE') return [];
  const settings = ROUTINE.exec(entry.sql)?.[3] ?? '';
  return [...settings.matchAll(SETTING)].map(([, setting = '']) => ({
    routine: nameOf(entry),
    setting: unquoted(setting),
  }));
}

function routineNeed(entry: ArchiveEntry): string | undefined {
  const [, language = '', attributes = ''] = ROUTINE.exec(entry.sql) ?? [];
  if (language === 'c' || language === 'internal') return `${nameOf(entry)}, a function in the language ${language}`;
  if (/ LEAKPROOF\b/.test(attributes)) return `${nameOf(entry)}, a function that is said to be leakproof`;
  if (/ SUPPORT /.test(attributes)) return `${nameOf(entry)}, a function with a support function`;
  return undefined;
}

function called(entry: ArchiveEntry): string {
  return `the ${entry.type.toLowerCase()} ${nameOf(entry)}`;
}

function nameOf({ schema, name }: ArchiveEntry): string {
  return schema === '' ? name : `${schema}.${name}`;
}
