import type { NameCodes } from './name-codes';
import type { RelationName } from '../server/relation-name';

/** One argument may have 128 KiB on Linux; and pg_dump matches each against all relations, so few long ones are better than many. */
const PATTERN_CHARACTERS = 8_000;

/**
 * Patterns for `pg_dump --table` that match exactly these relations. Double quotes take the special meaning from every
 * character, and an alternative outside of them is a regular expression's (psql's manual, "Patterns").
 *
 * @param codes of names that pg_dump would not know in UTF-8, which is what its arguments are in: their characters are
 *   written as numbers
 */
export function tablePatterns(relations: readonly RelationName[], codes: NameCodes = new Map()): string[] {
  const quoted = (name: string): string => {
    const numbers = codes.get(name);
    return numbers === undefined ? inQuotes(name) : inNumbers(numbers);
  };
  const bySchema = new Map<string, string[]>();
  for (const { schema, name } of relations) {
    const names = bySchema.get(schema);
    if (names === undefined) bySchema.set(schema, [quoted(name)]);
    else names.push(quoted(name));
  }
  return [...bySchema].flatMap(([schema, names]) =>
    chunks(names).map((some) => `${quoted(schema)}.(${some.join('|')})`),
  );
}

/** ASCII in quotes, everything else as a number, in parentheses so that no digit after it is taken for one of it. */
function inNumbers(codes: readonly number[]): string {
  const parts: string[] = [];
  let ascii = '';
  const endAscii = (): void => {
    if (ascii !== '') parts.push(inQuotes(ascii));
    ascii = '';
  };
  for (const code of codes) {
    if (code < 0x80) {
      ascii += String.fromCharCode(code);
      continue;
    }
    endAscii();
    parts.push(`(\\x${code.toString(16)})`);
  }
  endAscii();
  return parts.join('');
}

function inQuotes(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function chunks(names: readonly string[]): string[][] {
  const result: string[][] = [];
  let room = 0;
  for (const name of names) {
    const last = result.at(-1);
    if (last !== undefined && room >= name.length) last.push(name);
    else {
      result.push([name]);
      room = PATTERN_CHARACTERS;
    }
    room -= name.length + 1;
  }
  return result;
}
