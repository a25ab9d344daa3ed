/** An identifier as pg_dump writes it. */
export const IDENTIFIER = String.raw`(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)`;

/** The same, captured. */
export const CAPTURED = `(${IDENTIFIER})`;

/** Identifiers with commas between them. */
export const IDENTIFIERS = `${IDENTIFIER}(?:, ${IDENTIFIER})*`;

/** The names in a list of {@link IDENTIFIERS}. */
export function namesIn(list: string): string[] {
  const names = list.match(new RegExp(IDENTIFIER, 'g')) ?? [];
  return names.map(unquoted);
}

/** What an identifier as pg_dump writes it stands for. */
export function unquoted(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
}
