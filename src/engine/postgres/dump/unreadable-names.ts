import type pg from 'pg';
import { decoderFor, UTF8 } from '../archive/archive-encoding';

/**
 * A name that we read as another text than the server, or as none. A database of the encoding SQL_ASCII takes any byte into a name,
 * and for some encodings there is no decoder; but a backup lists what it holds in UTF-8, and could not be checked after it is restored.
 */
export class UnreadableNamesError extends Error {
  override readonly name = 'UnreadableNamesError';

  /** @param names for people, each with its kind, in SQL_ASCII with bytes that are no ASCII as `\351` */
  constructor(readonly names: readonly string[]) {
    super(`names that cannot be decoded: ${names.join(', ')}`);
  }
}

/** Catalogue, its column of names, and the word for what has the name. */
const NAMED: readonly (readonly [catalogue: string, column: string, word: string])[] = [
  ['pg_namespace', 'nspname', 'schema'],
  ['pg_class', 'relname', 'relation'],
  ['pg_attribute', 'attname', 'column'],
  // Others are named after their relation or element.
  ['pg_type', 'CASE WHEN typrelid = 0 AND typelem = 0 THEN typname END', 'type'],
  ['pg_proc', 'proname', 'function'],
  ['pg_constraint', 'conname', 'constraint'],
  ['pg_trigger', 'tgname', 'trigger'],
  ['pg_policy', 'polname', 'policy'],
  ['pg_rewrite', 'rulename', 'rule'],
  ['pg_statistic_ext', 'stxname', 'statistics object'],
  ['pg_collation', 'collname', 'collation'],
  ['pg_conversion', 'conname', 'conversion'],
  ['pg_opclass', 'opcname', 'operator class'],
  ['pg_opfamily', 'opfname', 'operator family'],
  ['pg_am', 'amname', 'access method'],
  ['pg_language', 'lanname', 'language'],
  ['pg_extension', 'extname', 'extension'],
  ['pg_event_trigger', 'evtname', 'event trigger'],
  ['pg_foreign_data_wrapper', 'fdwname', 'foreign data wrapper'],
  ['pg_foreign_server', 'srvname', 'server'],
  ['pg_publication', 'pubname', 'publication'],
  ['pg_ts_config', 'cfgname', 'text search configuration'],
  ['pg_ts_dict', 'dictname', 'text search dictionary'],
  ['pg_ts_parser', 'prsname', 'text search parser'],
  ['pg_ts_template', 'tmplname', 'text search template'],
];

const NAMES = NAMED.map(
  ([catalogue, column, word]) => `
  SELECT DISTINCT '${word}' AS word, CASE WHEN pg_catalog.getdatabaseencoding() <> 'SQL_ASCII' THEN name END AS name,
         pg_catalog.encode(bytes, 'hex') AS hex, pg_catalog.encode(bytes, 'escape') AS escaped
    FROM (SELECT (${column})::text AS name, pg_catalog.convert_to((${column})::text, 'SQL_ASCII') AS bytes
            FROM pg_catalog.${catalogue}
           WHERE (${column})::text ~ '[^\\x01-\\x7f]') named`,
).join(' UNION ALL ');

/** More than these would hide what is to be done. */
const SHOWN = 20;

/**
 * Names of the database the client is connected to that we cannot read, for people.
 *
 * @param client whose session is in UTF-8, so that the server decodes what it sends
 * @throws the driver's error
 */
export async function findUnreadableNames(client: pg.Client): Promise<string[]> {
  const { rows: encodings } = await client.query<{ encoding: string }>(
    `SELECT pg_catalog.getdatabaseencoding()::text AS encoding`,
  );
  const encoding = encodings[0]?.encoding ?? UTF8;
  if (encoding === UTF8) return [];
  const { rows } = await client.query<NameRow>(NAMES);
  const decode = decoderFor(encoding);
  const unreadable = rows.filter(({ name, hex }) => {
    const bytes = Buffer.from(hex, 'hex');
    return name === null ? !isUtf8(bytes) : decode(bytes) !== name;
  });
  const more = unreadable.length - SHOWN;
  const shown = unreadable.slice(0, SHOWN).map(({ word, name, escaped }) => `the ${word} ${name ?? escaped}`);
  return more > 0 ? [...shown, `${more} more`] : shown;
}

interface NameRow {
  word: string;
  /** As the server reads it: not at all in SQL_ASCII. */
  name: string | null;
  hex: string;
  escaped: string;
}

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
