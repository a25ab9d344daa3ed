import { redact } from '../logging/redact';

const LONGEST = 300;

/** Before a quoted name; what is quoted after anything else may be a value. */
const KINDS = [
  'access method',
  'aggregate',
  'attribute',
  'cast',
  'collation',
  'column',
  'configuration',
  'configuration parameter',
  'constraint',
  'conversion',
  'cursor',
  'data wrapper',
  'data-wrapper',
  'database',
  'dictionary',
  'domain',
  'encoding',
  'enum',
  'event trigger',
  'extension',
  'family',
  'for encoding',
  'foreign-data wrapper',
  'foreign table',
  'function',
  'group',
  'index',
  'language',
  'large object',
  'method',
  'materialized view',
  'operator',
  'operator class',
  'operator family',
  'option',
  'parameter',
  'parser',
  'partition',
  'policy',
  'procedure',
  'publication',
  'relation',
  'role',
  'rule',
  'schema',
  'sequence',
  'server',
  'slot',
  'statistics object',
  'subscription',
  'table',
  'tablespace',
  'template',
  'trigger',
  'type',
  'user',
  'view',
];
const QUOTED = new RegExp(String.raw`(\b(?:${KINDS.join('|')}) )?(?:"(?:[^"\n]|"")*"|“[^”\n]*”|«[^»\n]*»)`, 'gi');
const LITERAL = /'(?:[^'\n]|'')*'/g;
const KEY_VALUES = /(\([^()]*\))=\(.*?\)(?=[ .]|$)/g;
const SECRET = /\b(password|passfile|secret|token|key)\s*=\s*\S+/gi;
const PATH = /(?<![\w$.\])"])\/(?:[\w.@+~-]+\/?)+/g;
const IP = /\b\d{1,3}(?:\.\d{1,3}){3}\b|\[?\b(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}\b\]?/gi;
const MAIL = /[^\s"'@]+@[^\s"'@]+\.[a-z]{2,}/gi;
const BYTES = /\b0x[0-9a-f]{2,}(?: 0x[0-9a-f]{2,})*/gi;
const LONG_NUMBER = /\b\d{5,}(?:\.\d+)?\b/g;
const GONE = '…';

/**
 * The first line of what a server or a program has said, without what it may say of rows, places and secrets: values,
 * paths, addresses and passwords give way to an ellipsis, names of objects stay.
 */
export function safeText(text: string): string {
  const line = redact(text.split('\n', 1)[0] ?? '')
    .replace(KEY_VALUES, '$1')
    .replace(SECRET, `$1=${GONE}`)
    .replace(QUOTED, (quoted: string, kind: string | undefined) => (kind === undefined ? GONE : quoted))
    .replace(LITERAL, GONE)
    .replace(MAIL, GONE)
    .replace(IP, GONE)
    .replace(BYTES, GONE)
    .replace(PATH, GONE)
    .replace(LONG_NUMBER, GONE)
    .trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}${GONE}` : line;
}
